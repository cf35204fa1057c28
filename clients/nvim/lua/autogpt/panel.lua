--- The runs buffer: what is being done, what was done, and the keys to decide about it.
local actions = require('autogpt.actions')
local client = require('autogpt.client')
local runs = require('autogpt.runs')

local M = {}

local NAME = 'autogpt://runs'
local space = vim.api.nvim_create_namespace('autogpt.panel')
local HELP = '<CR> review  d diff  a apply  c cancel  r resume  s steer  D discard  q close' -- fits into 80 columns
local COLOURS = {
  queued = 'AutogptRunning',
  running = 'AutogptRunning',
  verified = 'AutogptVerified',
  unverified = 'AutogptUnverified',
  interrupted = 'AutogptUnverified',
  cancelled = 'AutogptMuted',
  failed = 'AutogptFailed',
  error = 'AutogptFailed',
}

---@type integer?
local buffer
---@type table<integer, string> runs by line
local run_at = {}

--- How much of it was accepted; the list of runs comes without hunks.
---@param state autogpt.State
---@return string
local function accepted(state)
  local all = vim.iter(state.files):map(function(file) return file.hunks end):flatten():totable()
  local ours = vim.iter(all):filter(function(hunk) return hunk.decided == 'applied' end):totable()
  if #ours > 0 then
    return ('  (%d of %d hunks accepted)'):format(#ours, #all)
  end
  return state.applied and '  (accepted, or a part of it)' or ''
end

---@param state autogpt.State
---@return string[]
local function details(state)
  if runs.at_work(state) then
    local round = state.iteration > 0 and (', round %d'):format(state.iteration) or ''
    return { ('    %s%s: %s'):format(state.phase ~= '' and state.phase or state.status, round, state.step) }
  end
  local lines = { '    ' .. runs.evidence(state) }
  for _, warning in ipairs(state.warnings) do
    table.insert(lines, '    ' .. warning)
  end
  for _, file in ipairs(state.files) do
    table.insert(lines, ('    %s  +%d -%d'):format(file.path, file.added, file.removed))
  end
  if state.branch ~= '' then
    table.insert(lines, '    ' .. state.branch .. accepted(state))
  end
  return lines
end

--- The first line of a run; of one that is not there, or of none, that of the first run.
---@param run? string
---@return integer
local function first_line(run)
  local line = 2
  while run and run_at[line] and run_at[line] ~= run do
    line = line + 1
  end
  return run_at[line] == run and line or 2
end

local function render()
  if not buffer or not vim.api.nvim_buf_is_valid(buffer) then
    return
  end
  -- The cursor stays on its run: a new one at the top must not put another under the next key.
  local window = vim.fn.bufwinid(buffer)
  local at = window == -1 and 1 or vim.api.nvim_win_get_cursor(window)[1]
  local under = run_at[at]
  local below = under and at - first_line(under) or 0
  local lines, colours = { HELP }, { [1] = { 0, -1, 'AutogptMuted' } }
  run_at = {}
  local function put(line, run, colour)
    lines[#lines + 1] = (line:gsub('\n', ' '))
    run_at[#lines], colours[#lines] = run, colour
  end
  for _, state in ipairs(runs.sorted()) do
    local head = ('%-11s  %s  %s'):format(state.status, state.run, runs.title(state))
    put(head, state.run, { 0, #state.status, COLOURS[state.status] or 'AutogptMuted' })
    for _, line in ipairs(details(state)) do
      put(line, state.run, { 0, -1, 'AutogptMuted' })
    end
  end
  if #lines == 1 then
    put('No run yet: :Autogpt implement, or a code action.')
  end
  vim.bo[buffer].modifiable = true
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, lines)
  vim.bo[buffer].modifiable = false
  vim.api.nvim_buf_clear_namespace(buffer, space, 0, -1)
  for line, colour in pairs(colours) do
    local ending = colour[2] < 0 and #lines[line] or colour[2]
    vim.api.nvim_buf_set_extmark(buffer, space, line - 1, colour[1], { end_col = ending, hl_group = colour[3] })
  end
  if window ~= -1 then
    local first = first_line(under)
    local line = run_at[first + below] == under and first + below or first
    vim.api.nvim_win_set_cursor(window, { math.min(line, #lines), 0 })
  end
end

---@param buf integer
local function map_keys(buf)
  local function map(key, desc, action)
    vim.keymap.set('n', key, function()
      local run = run_at[vim.fn.line('.')]
      if run then
        client.guarded(action)(run)
      else
        client.warn('there is no run in this line')
      end
    end, { buffer = buf, nowait = true, desc = 'autogpt: ' .. desc })
  end
  map('<CR>', 'review', function(run)
    pcall(vim.cmd.close) -- makes room; where it is the only window, it stays
    require('autogpt.review').open(run)
  end)
  map('d', 'diff', function(run) require('autogpt.review').diff(run) end)
  map('a', 'apply', actions.apply)
  map('r', 'resume', actions.resume)
  map('c', 'cancel', actions.cancel)
  map('s', 'steer', function(run) actions.steer('', run) end)
  map('D', 'discard', function(run) actions.discard(run, false) end)
  vim.keymap.set('n', 'R', M.reload, { buffer = buf, desc = 'autogpt: reload' })
  vim.keymap.set('n', 'q', '<Cmd>close<CR>', { buffer = buf, desc = 'autogpt: close' })
end

--- The runs of all open folders, each of which has a server of its own.
function M.reload()
  client.with(function()
    for _, with in ipairs(vim.lsp.get_clients({ name = 'autogpt' })) do
      if with.initialized and not with:is_stopped() then
        runs.refresh(with, render)
      end
    end
  end)
end

function M.open()
  -- The server of the buffer we come from, before the cursor leaves it.
  M.reload()
  local window = buffer and vim.fn.bufwinid(buffer) or -1
  if window ~= -1 then
    vim.api.nvim_set_current_win(window)
  else
    vim.cmd('botright 12split')
    if not (buffer and vim.api.nvim_buf_is_valid(buffer)) then
      buffer = vim.api.nvim_create_buf(false, true)
      vim.api.nvim_buf_set_name(buffer, NAME)
      vim.bo[buffer].filetype = 'autogpt-runs'
      map_keys(buffer)
    end
    vim.api.nvim_win_set_buf(0, buffer)
    vim.wo[0][0].linebreak = true -- sentences are read to their end
    vim.wo[0][0].breakindent = true
  end
  render()
end

vim.api.nvim_create_autocmd('User', {
  group = vim.api.nvim_create_augroup('autogpt.panel', {}),
  pattern = 'AutogptRunChanged',
  callback = client.guarded(render),
})

return M
