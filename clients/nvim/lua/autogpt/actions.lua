--- What a person can have done: each function is one subcommand, one key or one code action.
local client = require('autogpt.client')
local runs = require('autogpt.runs')

local M = {}

---@param prompt string
---@param text string what was typed already
---@param callback fun(text: string)
local function asked(prompt, text, callback)
  if text ~= '' then
    callback(text)
    return
  end
  vim.ui.input({ prompt = prompt }, function(answer)
    if answer and vim.trim(answer) ~= '' then
      client.guarded(callback)(vim.trim(answer))
    end
  end)
end

---@param state autogpt.State
---@return boolean
function M.reviewable(state) return not runs.at_work(state) and #state.files > 0 end

--- The place of a task: file and lines, or the folder alone.
---@param with vim.lsp.Client
---@param buf integer
---@param lines? integer[] first and last, from 1
---@return table
local function place(with, buf, lines)
  if not client.serves(with, buf) then
    return { root = client.folder_of(with) }
  end
  vim.lsp.buf_attach_client(buf, with.id) -- without filetypes nothing did; what is not written is part of the base
  local argument = { uri = vim.uri_from_bufnr(buf) }
  if lines then
    argument.range = M.range(buf, lines, with.offset_encoding)
  end
  return argument
end

--- Whole lines as a range of the protocol.
---@param buf integer
---@param lines integer[]
---@param encoding 'utf-8'|'utf-16'|'utf-32'
---@return lsp.Range
function M.range(buf, lines, encoding)
  local last = vim.api.nvim_buf_get_lines(buf, lines[2] - 1, lines[2], false)[1] or ''
  return {
    start = { line = lines[1] - 1, character = 0 },
    ['end'] = { line = lines[2] - 1, character = vim.str_utfindex(last, encoding) },
  }
end

---@param text string
---@param lines? integer[]
function M.implement(text, lines)
  local buf = vim.api.nvim_get_current_buf()
  if lines and not client.is_file(buf) then
    client.warn('these lines are in no file: write them to one, or leave the range out')
    return
  end
  -- The server first: a task that was typed for nothing is lost.
  client.with(function(with)
    asked('Task: ', text, function(task)
      local argument = vim.tbl_extend('force', place(with, buf, lines), { task = task })
      client.command(with, 'run.implement', argument)
    end)
  end)
end

--- The code action that needs a text: its server-side half has file and range.
---@param argument table
---@param client_id integer
function M.implement_at(argument, client_id)
  asked('Task: ', '', function(task)
    local with = vim.lsp.get_client_by_id(client_id)
    if with then
      client.command(with, 'run.implement', vim.tbl_extend('force', argument, { task = task }))
    end
  end)
end

--- Tests by id, file or folder; without any, all that fail.
---@param tests string[]
function M.fix(tests)
  local buf = vim.api.nvim_get_current_buf()
  client.with(function(with)
    local argument = place(with, buf)
    argument.tests = #tests > 0 and tests or nil
    client.command(with, 'run.fix', argument)
  end)
end

---@param files string[]
---@param root string
local function tell_changed(files, root)
  local unwritten = 0
  for _, path in ipairs(files) do
    local buf = client.loaded(vim.uri_from_fname(vim.fs.joinpath(root, path)))
    unwritten = unwritten + (buf and vim.bo[buf].modified and 1 or 0)
  end
  if unwritten > 0 then
    client.say(('%d buffer%s changed and not written (:wa)'):format(unwritten, unwritten == 1 and '' or 's'))
  elseif #files > 0 then
    client.say(('%d file%s changed'):format(#files, #files == 1 and '' or 's'))
  else
    client.say('nothing changed: the text has it already')
  end
end

--- Buffers that nobody edited follow the disk first, so that a change from outside is no conflict.
---@param state autogpt.State
local function look_at_disk(state)
  for _, file in ipairs(state.files) do
    local buf = client.loaded(file.uri)
    if buf and not vim.bo[buf].modified then
      pcall(vim.cmd.checktime, buf)
    end
  end
end

--- Bring a proposal, or parts of it, into the buffers.
---@param name string
---@param parts? { hunks?: string[], files?: string[], markers?: boolean }
function M.apply(name, parts)
  parts = parts or {}
  runs.pick(name, 'apply', M.reviewable, function(state, with)
    look_at_disk(state)
    local argument = { run = state.run, hunks = parts.hunks, files = parts.files }
    client.command(with, 'proposal.apply', argument, function(answer)
      local conflicts = answer.conflicts ---@type autogpt.Conflict[]
      if #conflicts == 0 then
        tell_changed(answer.applied, state.root)
      elseif parts.markers then
        require('autogpt.conflicts').write(state, conflicts)
      else
        local more = #conflicts > 1 and (' (and %d more)'):format(#conflicts - 1) or ''
        local said = ('%s: %s%s'):format(conflicts[1].path, conflicts[1].reason, more)
        client.warn(said .. ' — :Autogpt! apply writes conflict markers')
      end
    end)
  end)
end

---@param name string
---@param ids? string[] hunks; none means all
function M.reject(name, ids)
  runs.pick(
    name,
    'reject',
    M.reviewable,
    function(state, with) client.command(with, 'proposal.reject', { run = state.run, hunks = ids }) end
  )
end

--- Hunks of the current file that touch these lines, then `decide` about them.
---@param name string
---@param lines integer[]
---@param decide fun(run: string, ids: string[])
function M.at_lines(name, lines, decide)
  local here = vim.uri_from_bufnr(0)
  local now = vim.api.nvim_buf_get_lines(0, 0, -1, false)
  local virtual = require('autogpt.virtual')
  local function is_here(file) return file.uri == here end
  local function fits(state) return M.reviewable(state) and vim.iter(state.files):any(is_here) end
  runs.pick(name, 'review in this file', fits, function(known, with)
    client.command(with, 'run.get', { run = known.run }, function(state)
      runs.keep(state, with.id)
      local file = vim.iter(state.files):find(is_here)
      if not file then
        client.warn(('run %s does not change this file'):format(state.run))
        return
      end
      virtual.sides(state.run, file.path, function(sides)
        local base, new = virtual.lines(sides.base), virtual.lines(sides.new)
        local ids = {}
        for index, found in ipairs(require('autogpt.hunks').places(file.hunks, base, new, now)) do
          if found.first <= lines[2] and lines[1] <= found.last and found.decided ~= 'applied' then
            table.insert(ids, file.hunks[index].id)
          end
        end
        if #ids == 0 then
          client.warn(('run %s has no open hunk in these lines'):format(state.run))
        else
          decide(state.run, ids)
        end
      end)
    end)
  end)
end

---@param run string
---@param hunk string
function M.explain(run, hunk)
  runs.pick(run, 'explain', M.reviewable, function(_, with)
    -- The server shows the text by itself, as it does in an editor without a plugin.
    client.command(with, 'proposal.explain', { run = run, hunk = hunk })
  end)
end

---@param name string
function M.revert(name)
  runs.pick(name, 'revert', function(state) return state.applied end, function(state, with)
    client.command(with, 'proposal.revert', { run = state.run }, function(answer)
      local left = answer.conflicts or {}
      if #left > 0 then
        client.warn(('%s was left alone: %s'):format(left[1].path, left[1].reason))
      else
        client.say(('what run %s changed is taken back'):format(state.run))
      end
    end)
  end)
end

--- Delete a run and its branch.
---@param name string
---@param sure boolean
function M.discard(name, sure)
  runs.pick(name, 'discard', function() return true end, function(state, with)
    local function discard()
      client.command(
        with,
        'proposal.discard',
        { run = state.run },
        function() client.say(('run %s and its branch are gone'):format(state.run)) end
      )
    end
    if sure then
      discard()
      return
    end
    local prompt = ('Discard run %s, "%s", and its branch?'):format(state.run, runs.title(state))
    vim.ui.select({ 'Keep', 'Discard' }, { prompt = prompt }, function(choice)
      if choice == 'Discard' then
        client.guarded(discard)()
      end
    end)
  end)
end

---@param name string
function M.cancel(name) M.send(name, 'cancel', runs.at_work) end

---@param name string
function M.resume(name)
  M.send(name, 'resume', function(state) return state.status == 'interrupted' end)
end

--- A command that needs nothing but the run.
---@param name string
---@param what string
---@param fits fun(state: autogpt.State): boolean
function M.send(name, what, fits)
  runs.pick(name, what, fits, function(state, with) client.command(with, 'run.' .. what, { run = state.run }) end)
end

--- Say something to a run at work.
---@param text string
---@param name? string
function M.steer(text, name)
  runs.pick(name or '', 'steer', runs.at_work, function(state, with)
    asked(('Say to run %s: '):format(state.run), text, function(message)
      client.command(
        with,
        'run.steer',
        { run = state.run, message = message },
        function() client.say('heard at the next step') end
      )
    end)
  end)
end

--- Another round: the comments on lines, and a sentence about the whole.
---@param text string
---@param name? string
function M.refine(text, name)
  local comments = require('autogpt.comments')
  runs.pick(name or comments.run() or '', 'refine', M.reviewable, function(state, with)
    local function send(whole)
      local collected = comments.collect(with)
      if whole ~= '' then
        table.insert(collected, { text = whole })
      end
      client.command(with, 'run.refine', { run = state.run, comments = collected }, comments.clear)
    end
    if comments.count() > 0 then
      send(text)
    else
      asked(('What is to change in run %s: '):format(state.run), text, send)
    end
  end)
end

--- Choose the model for this session.
---@param name string
function M.model(name)
  client.with(function(with)
    local function use(chosen)
      local changed = { settings = { autogpt = { model = chosen } } }
      vim.lsp.config('autogpt', changed) -- of a server that is started later
      for _, each in ipairs(vim.lsp.get_clients({ name = 'autogpt' })) do
        each.settings = vim.tbl_deep_extend('force', each.settings or {}, changed.settings)
        each:notify('workspace/didChangeConfiguration', { settings = each.settings })
      end
      client.say(('model %s for this session; see :help autogpt-settings to keep it'):format(chosen))
    end
    if name ~= '' then
      use(name)
      return
    end
    client.command(with, 'server.models', nil, function(answer)
      vim.ui.select(answer.models, {
        prompt = ('Model (now %s)'):format(answer.current),
        format_item = function(model)
          return model.note ~= '' and ('%s — %s'):format(model.name, model.note) or model.name
        end,
      }, function(model)
        if model then
          client.guarded(use)(model.name)
        end
      end)
    end)
  end)
end

--- The server's log; when there is no server, Neovim's own log says why.
function M.log()
  local with = client.find()
  if not with then
    vim.cmd.split(vim.fn.fnameescape(vim.lsp.log.get_filename()))
    return
  end
  client.command(with, 'server.info', nil, function(info)
    if info.paths.log == '' then
      client.warn('the server writes no log')
    else
      vim.cmd('botright split ' .. vim.fn.fnameescape(info.paths.log))
      vim.bo.autoread = true
      vim.cmd('normal! G')
    end
  end)
end

return M
