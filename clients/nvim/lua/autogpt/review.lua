--- Review: one quickfix item per hunk, and a native diff against the server's virtual documents.
local actions = require('autogpt.actions')
local client = require('autogpt.client')
local hunks = require('autogpt.hunks')
local runs = require('autogpt.runs')
local virtual = require('autogpt.virtual')

local M = {}

---@type table<string, integer> the quickfix list of a run
local lists = {}

local WORDS = { pending = 'open    ', applied = 'accepted', rejected = 'rejected', taken = 'taken   ' }

--- The text of a file as the person sees it.
---@param file autogpt.File
---@return string[]
local function text_now(file)
  local name, buf = vim.uri_to_fname(file.uri), client.loaded(file.uri)
  if buf then
    return vim.api.nvim_buf_get_lines(buf, 0, -1, false)
  end
  local lines = vim.fn.filereadable(name) == 1 and vim.fn.readfile(name) or {}
  return virtual.lines(table.concat(lines, '\n'))
end

---@param state autogpt.State
---@param file autogpt.File
---@param sides autogpt.Sides
---@return table[]
local function items_of(state, file, sides)
  local name = vim.uri_to_fname(file.uri)
  if #file.hunks == 0 then
    local data = { run = state.run, path = file.path }
    return { { filename = name, lnum = 1, text = 'the whole file', user_data = data } }
  end
  local base, new = virtual.lines(sides.base), virtual.lines(sides.new)
  local places = hunks.places(file.hunks, base, new, text_now(file))
  local items = {}
  for index, hunk in ipairs(file.hunks) do
    local place = places[index]
    local counts = ('+%d -%d'):format(hunk.new_count, hunk.base_count)
    items[index] = {
      filename = name,
      lnum = place.first,
      end_lnum = place.last,
      text = ('%s  %s  %s'):format(WORDS[place.decided], counts, hunks.summary(hunk, base, new)),
      user_data = { run = state.run, path = file.path, hunk = hunk.id, decided = place.decided },
    }
  end
  return items
end

--- The items of all files of a run, as soon as their texts are here.
---@param state autogpt.State
---@param callback fun(items: table[])
local function collect(state, callback)
  local items = {}
  local function go(index)
    local file = state.files[index]
    if not file then
      callback(items)
      return
    end
    virtual.sides(state.run, file.path, function(sides)
      vim.list_extend(items, items_of(state, file, sides))
      go(index + 1)
    end)
  end
  go(1)
end

--- The verdict last: on a small screen a status line is cut at its beginning.
---@param state autogpt.State
---@return string
local function title(state)
  return ('autogpt %s, %s (%s): %s'):format(state.run, runs.title(state), runs.evidence(state), state.status)
end

--- Show a run's hunks in the quickfix list.
---@param name string
function M.open(name)
  runs.pick(name, 'review', actions.reviewable, function(known, with)
    client.command(with, 'run.get', { run = known.run }, function(state)
      runs.keep(state, with.id)
      if runs.at_work(state) then
        client.say(('run %s is still at work: %s'):format(state.run, state.step))
      elseif #state.files == 0 then
        client.warn(('run %s proposes no change: %s'):format(state.run, state.reason))
      else
        collect(state, function(items) M.show(state, items) end)
      end
    end)
  end)
end

---@param state autogpt.State
---@param items table[]
function M.show(state, items)
  local here = vim.fn.getqflist({ id = lists[state.run] or 0, context = 1 })
  local again = lists[state.run] and here.id ~= 0
  local what = { title = title(state), items = items, context = { autogpt = state.run } }
  if again then
    what.id = lists[state.run]
  end
  vim.fn.setqflist({}, again and 'r' or ' ', what)
  lists[state.run] = vim.fn.getqflist({ id = again and what.id or 0 }).id
  vim.cmd('botright copen')
  M.map_keys(vim.api.nvim_get_current_buf())
  vim.wo[0][0].wrap = false
  client.say('a accepts, x rejects, d compares, K says why; :Autogpt apply takes all')
end

--- After every decision the lines are looked up anew: an accepted hunk moves those below it.
---@param state autogpt.State
function M.refresh(state)
  local id = lists[state.run]
  if not id or vim.fn.getqflist({ id = id }).id == 0 then
    return
  end
  if state.discarded then
    vim.fn.setqflist({}, 'r', { id = id, items = {}, title = ('autogpt %s, discarded'):format(state.run) })
    lists[state.run] = nil
    return
  end
  collect(state, function(items)
    local index = vim.fn.getqflist({ id = id, idx = 0 }).idx
    local what = { id = id, items = items, title = title(state), idx = math.max(1, math.min(index, #items)) }
    local shown = vim.fn.getqflist({ id = 0, winid = 0 })
    local at = shown.id == id and shown.winid ~= 0 and vim.api.nvim_win_get_cursor(shown.winid)
    vim.fn.setqflist({}, 'r', what)
    if at then -- which a new list puts on its item `idx`, off the hunk that comes next
      vim.api.nvim_win_set_cursor(shown.winid, { math.min(at[1], #items), 0 })
    end
  end)
end

--- The items under the cursor or the selection, or nil in a list that is not ours.
---@return table[]? items
local function chosen()
  local list = vim.fn.getqflist({ items = 1, context = 1 })
  if type(list.context) ~= 'table' or not list.context.autogpt then
    return nil
  end
  local first, last = vim.fn.line('v'), vim.fn.line('.')
  if first > last then
    first, last = last, first
  end
  return vim.tbl_filter(
    function(item) return type(item.user_data) == 'table' end,
    vim.list_slice(list.items, first, last)
  )
end

---@param items table[]
---@return string run
---@return string[] ids
---@return string[] paths of files without hunks
local function parts(items)
  local ids, paths = {}, {}
  for _, item in ipairs(items) do
    local data = item.user_data
    table.insert(data.hunk and ids or paths, data.hunk or data.path)
  end
  return items[1].user_data.run, ids, paths
end

--- Move to the next hunk without a decision.
local function advance()
  local items = vim.fn.getqflist()
  for line = vim.fn.line('.') + 1, #items do
    local data = items[line].user_data
    if type(data) == 'table' and data.decided == 'pending' then
      vim.api.nvim_win_set_cursor(0, { line, 0 })
      return
    end
  end
end

---@param items table[]
local function accept(items)
  local run, ids, paths = parts(items)
  if #ids > 0 then
    actions.apply(run, { hunks = ids })
  end
  if #paths > 0 then
    actions.apply(run, { files = paths })
  end
  advance()
end

---@param items table[]
local function reject(items)
  local run, ids = parts(items)
  if #ids == 0 then
    client.warn('a whole file is left out by not accepting it')
    return
  end
  actions.reject(run, ids)
  advance()
end

---@param items table[]
local function open_diff(items)
  local data = items[1].user_data
  M.diff_file(data.run, data.path, items[1].lnum)
end

---@param items table[]
local function explain(items)
  local data = items[1].user_data
  if data.hunk then
    actions.explain(data.run, data.hunk)
  end
end

--- Keys of the quickfix window while it shows a review; in any other list they do what they always did.
---@param buf integer
function M.map_keys(buf)
  local function map(modes, key, action, desc)
    vim.keymap.set(modes, key, function()
      local items = chosen()
      if not items then
        vim.api.nvim_feedkeys(vim.keycode(key), 'n', false)
      elseif #items > 0 then
        client.guarded(action)(items)
        if vim.fn.mode() ~= 'n' then
          vim.api.nvim_feedkeys(vim.keycode('<Esc>'), 'n', false)
        end
      end
    end, { buffer = buf, nowait = true, desc = 'autogpt: ' .. desc })
  end
  map({ 'n', 'x' }, 'a', accept, 'accept this hunk')
  map({ 'n', 'x' }, 'x', reject, 'reject this hunk')
  map('n', 'd', open_diff, 'diff of the file')
  map('n', 'K', explain, 'why this hunk')
end

--- `:Autogpt diff`: the file of this buffer if the run has it, else its first.
---@param name string
function M.diff(name)
  local here = vim.uri_from_bufnr(0)
  runs.pick(name, 'diff', actions.reviewable, function(state)
    local path = state.files[1] and state.files[1].path
    for _, file in ipairs(state.files) do
      path = file.uri == here and file.path or path
    end
    if path then
      M.diff_file(state.run, path)
    else
      client.warn(('run %s proposes no change'):format(state.run))
    end
  end)
end

--- A tab with the person's file on the left and the proposal on the right.
---@param run string
---@param path string
---@param line? integer
function M.diff_file(run, path, line)
  local state = runs.states[run]
  if not state then
    client.warn(('there is no run `%s` any more'):format(run))
    return
  end
  local uri = virtual.uri(run, 'new', path)
  virtual.text(uri, function()
    vim.cmd.tabedit(vim.fn.fnameescape(vim.fs.joinpath(state.root, path)))
    local left = vim.api.nvim_get_current_win()
    vim.cmd('rightbelow vertical diffsplit ' .. vim.fn.fnameescape(uri))
    vim.wo.winbar = ('%%#AutogptMuted#proposal of run %s'):format(run)
    vim.wo[left].winbar = '%#AutogptMuted#yours: do takes a hunk' -- also keeps the lines side by side
    vim.api.nvim_set_current_win(left)
    if line then
      pcall(vim.api.nvim_win_set_cursor, left, { line, 0 })
    end
  end)
end

local group = vim.api.nvim_create_augroup('autogpt.review', {})
vim.api.nvim_create_autocmd('User', {
  group = group,
  pattern = 'AutogptRunChanged',
  callback = function(event)
    if not runs.at_work(event.data) then
      client.guarded(M.refresh)(event.data)
    end
  end,
})
-- What `do` took, or the person wrote, is in the list as soon as the file is saved or the diff is left.
vim.api.nvim_create_autocmd({ 'BufWritePost', 'TabLeave' }, {
  group = group,
  callback = function()
    for run in pairs(lists) do
      if runs.states[run] then
        client.guarded(M.refresh)(runs.states[run])
      end
    end
  end,
})

return M
