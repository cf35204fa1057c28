--- The runs as the server last told them, and who is told of changes.
local client = require('autogpt.client')

local M = {}

---@type table<string, autogpt.State>
M.states = {}
---@type table<string, integer> the client that knows a run
local client_of = {}
---@type table<string, integer> when we first heard of a run
local heard = {}
local count = 0

---@param state autogpt.State
---@return boolean
function M.at_work(state) return state.status == 'queued' or state.status == 'running' end

--- What the notification brings, and the answers with a state in them.
---@param state autogpt.State
---@param client_id integer
function M.receive(state, client_id)
  local before = M.states[state.run]
  M.keep(state, client_id)
  local was_at_work = before ~= nil and M.at_work(before)
  if was_at_work and not M.at_work(state) then
    M.tell_end(state)
  elseif M.at_work(state) and not was_at_work then
    -- Where nothing shows progress there is no other sign of it until the end.
    client.say(('run %s has begun; :Autogpt runs follows it'):format(state.run))
  end
  M.changed(state)
end

---@param state autogpt.State
---@param client_id integer
function M.keep(state, client_id)
  client_of[state.run] = client_id
  if not heard[state.run] then
    count = count + 1
    heard[state.run] = count
  end
  M.states[state.run] = not state.discarded and state or nil
end

--- Everyone who shows runs: our own buffers, a person's statusline.
---@param state autogpt.State
function M.changed(state)
  vim.api.nvim_exec_autocmds('User', { pattern = 'AutogptRunChanged', data = state, modeline = false })
end

---@param state autogpt.State
function M.tell_end(state)
  if state.discarded then
    return
  end
  -- First what to do next: a long title is cut at the end of the line.
  local next_step = #state.files > 0 and ', see :Autogpt review' or ''
  if state.status == 'interrupted' then
    next_step = ', :Autogpt resume goes on'
  end
  local good = state.status == 'verified' or state.status == 'cancelled'
  local said = ('%s%s: %s (%s)'):format(state.status, next_step, M.title(state), M.evidence(state))
  client.say(said, good and vim.log.levels.INFO or vim.log.levels.WARN, true)
end

---@param state autogpt.State
---@return string
function M.title(state)
  local line = vim.trim((state.task:gsub('%s+', ' ')))
  return vim.fn.strchars(line) > 50 and vim.fn.strcharpart(line, 0, 49) .. '…' or line
end

--- What the tests say, in a few words.
---@param state autogpt.State
---@return string
function M.evidence(state)
  local said = {}
  for _, pair in ipairs({
    { 'fixed', 'fixed' },
    { 'added', 'new' },
    { 'broken', 'broken' },
    { 'still_failing', 'still failing' },
  }) do
    local tests = state.tests[pair[1]]
    if #tests > 0 then
      table.insert(said, ('%d %s'):format(#tests, pair[2]))
    end
  end
  return #said > 0 and 'tests: ' .. table.concat(said, ', ') or state.reason
end

--- The server died or left: what it was doing is not being done any more.
---@param client_id integer
---@param code integer
---@param signal integer
function M.client_left(client_id, code, signal)
  vim.schedule(function()
    local hurt = 0
    for run, id in pairs(client_of) do
      local state = M.states[run]
      if id == client_id and state and M.at_work(state) then
        state.status, state.reason, hurt = 'interrupted', 'The server ended.', hurt + 1
        M.changed(state)
      end
    end
    if hurt > 0 and vim.v.exiting == vim.NIL then
      local said = 'the server ended (exit %d, signal %d) during %d run%s: see :Autogpt runs'
      client.say(said:format(code, signal, hurt, hurt == 1 and '' or 's'), vim.log.levels.WARN, true)
    end
  end)
end

--- The newest first.
---@return autogpt.State[]
function M.sorted()
  local all = vim.tbl_values(M.states)
  table.sort(all, function(a, b)
    local one, other = a.started > 0 and a.started or math.huge, b.started > 0 and b.started or math.huge
    if one ~= other then
      return one > other
    end
    return heard[a.run] > heard[b.run]
  end)
  return all
end

--- Ask for all runs of a client's folders, also those of earlier servers.
---@param with vim.lsp.Client
---@param callback? fun()
function M.refresh(with, callback)
  client.command(with, 'run.list', nil, function(answer)
    local told = {}
    for index = #answer.runs, 1, -1 do
      local state, known = answer.runs[index], M.states[answer.runs[index].run]
      told[state.run] = true
      -- The list comes without hunks.
      if not known or known.status ~= state.status then
        M.keep(state, with.id)
      end
    end
    -- What a server that died had not put on record is gone with it.
    for run, state in pairs(M.states) do
      local here = vim.list_contains(client.folders(with), state.root)
      if here and not told[run] and not vim.lsp.get_client_by_id(client_of[run]) then
        M.states[run] = nil
      end
    end
    if callback then
      callback()
    end
  end)
end

---@param name string
---@param fits fun(state: autogpt.State): boolean?
---@return autogpt.State?
local function known(name, fits)
  for _, state in ipairs(M.sorted()) do
    if vim.startswith(state.run, name) and (name ~= '' or fits(state)) then
      return state
    end
  end
end

--- The client that knows a run, else one of its folder.
---@param state autogpt.State
---@param callback fun(with: vim.lsp.Client)
function M.with_client(state, callback)
  local with = vim.lsp.get_client_by_id(client_of[state.run] or 0)
  if with and not with:is_stopped() then
    callback(with)
  else
    client.with(callback, state.root)
  end
end

--- Go on with the run that is meant: the one named, else the newest that fits.
---@param name string the beginning of its id, or nothing
---@param what string for the message when there is none
---@param fits fun(state: autogpt.State): boolean?
---@param callback fun(state: autogpt.State, with: vim.lsp.Client)
function M.pick(name, what, fits, callback)
  local found = known(name, fits)
  if found then
    M.with_client(found, function(with) callback(found, with) end)
    return
  end
  client.with(function(with)
    M.refresh(with, function()
      local state = known(name, fits)
      if state then
        callback(state, with)
      else
        client.warn(name ~= '' and ('there is no run `%s`'):format(name) or ('there is no run to %s'):format(what))
      end
    end)
  end)
end

--- For a statusline: empty while nothing runs.
---@return string
function M.status()
  local working = vim.tbl_filter(M.at_work, M.sorted())
  if #working == 0 then
    return ''
  end
  local more = #working > 1 and (' +%d'):format(#working - 1) or ''
  return ('autogpt: %s%s'):format(working[1].phase ~= '' and working[1].phase or working[1].status, more)
end

return M
