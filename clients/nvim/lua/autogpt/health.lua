--- `:checkhealth autogpt`: what is there, what is missing, and what to do about it.
local M = {}

local health = vim.health or require('health') -- Neovim 0.7
local LIMIT = 10000 -- milliseconds; a report is the one place that waits, and not for long
local NEEDED = '0.1.0' -- the oldest server that does all that this plugin asks of it

---@param command string[]
---@param input? string
---@return vim.SystemCompleted
local function run(command, input)
  local ok, done = pcall(function() return vim.system(command, { text = true, stdin = input }):wait(LIMIT) end)
  return ok and done or { code = -1, signal = 0, stdout = '', stderr = tostring(done) }
end

local function check_editor()
  health.start('autogpt: editor')
  health.ok('Neovim ' .. tostring(vim.version()))
  if vim.g.did_load_filetypes == nil and vim.g.do_filetype_lua == nil and vim.fn.exists('#filetypedetect') == 0 then
    health.warn('Filetype detection is off, so no server is attached to files', { 'filetype plugin on' })
  end
end

---@param version string
local function check_version(version)
  local ok, older = pcall(vim.version.lt, version, NEEDED)
  if ok and older then
    health.error(('The server is %s, and this plugin needs %s'):format(version, NEEDED), { 'Update autogpt-lsp' })
  end
end

--- What a client says that leaves at once, each message on a line.
local HELLO = [[
{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"processId":null,"rootUri":null,"capabilities":{}}}
{"jsonrpc":"2.0","id":2,"method":"shutdown"}
{"jsonrpc":"2.0","method":"exit"}]]

--- Start the server once: one that crashes, or another program of its name, says best itself what is wrong with it.
---@param command string[]
local function check_start(command)
  local hello = HELLO:gsub('[^\n]+\n?', function(line)
    local message = vim.trim(line)
    return ('Content-Length: %d\r\n\r\n%s'):format(#message, message)
  end)
  local done = run(command, hello)
  local version = done.stdout:match('"serverInfo".-"version"%s*:%s*"([^"]*)"')
  if version then
    health.ok(('version %s can be started; the first file or :Autogpt does'):format(version))
    check_version(version)
  elseif done.code == 124 then
    health.warn(('does not answer within %d s'):format(LIMIT / 1000))
  else
    local said = vim.split(vim.trim(done.stderr), '\n')
    local what = ('ends at once with exit code %d: %s'):format(
      done.code,
      said[#said] ~= '' and said[#said] or 'no word'
    )
    health.error(what, { 'Run it in a terminal: ' .. table.concat(command, ' '), 'Update autogpt-lsp' })
  end
end

---@return boolean
local function check_server()
  health.start('autogpt: server')
  local config = vim.lsp.config.autogpt
  local command = config and config.cmd
  if not command then
    health.error("lsp/autogpt.lua is not in 'runtimepath'", { 'Put the whole plugin there: :help autogpt-setup' })
    return false
  end
  if type(command) ~= 'table' then
    health.info('`cmd` is a function, so nothing can be said about it')
    return true
  end
  if vim.fn.executable(command[1]) == 0 then
    health.error(('`%s` cannot be run'):format(command[1]), {
      'Install autogpt-lsp, so that `autogpt` is in PATH',
      "or name it: vim.lsp.config('autogpt', { cmd = { '/path/to/autogpt', 'lsp' } })",
    })
    return false
  end
  health.ok(('`%s` is %s'):format(command[1], vim.fn.exepath(command[1])))
  local enabled = vim.lsp.is_enabled and vim.lsp.is_enabled('autogpt')
  if enabled == false then
    health.warn('Not enabled, so there are no code actions', { "vim.lsp.enable('autogpt')" })
  end
  if #vim.lsp.get_clients({ name = 'autogpt' }) == 0 then
    check_start(command)
  end
  return true
end

---@param client vim.lsp.Client
local function check_client(client)
  health.ok(('client %d, folders %s'):format(client.id, table.concat(require('autogpt.client').folders(client), ', ')))
  local params = { command = 'autogpt.server.info', arguments = { vim.empty_dict() } }
  local answer = client:request_sync('workspace/executeCommand', params, LIMIT)
  local info = answer and answer.result
  if not info then
    health.warn('The server does not answer', { ':Autogpt log' })
    return
  end
  health.ok(('server %s on Python %s, model %s'):format(info.version, info.python_version, info.model))
  check_version(info.version)
  health.info('log ' .. info.paths.log)
  for _, folder in pairs(info.folders) do
    for _, problem in ipairs(folder.problems) do
      health.warn(problem)
    end
  end
  for buf in pairs(client.attached_buffers) do
    for _, other in ipairs(vim.lsp.get_clients({ bufnr = buf })) do
      if other.offset_encoding ~= client.offset_encoding then
        local said = '%s counts columns in %s, autogpt in %s'
        health.warn(said:format(other.name, other.offset_encoding, client.offset_encoding), {
          "vim.lsp.config('autogpt', { capabilities = { general = { positionEncodings = { 'utf-8' } } } })",
        })
        return
      end
    end
  end
end

function M.check()
  if vim.fn.has('nvim-0.11') == 0 then
    local say = health.error or health.report_error -- the old name is that of Neovim 0.9
    say('Neovim 0.11 or newer is needed; nothing else was looked at')
    return
  end
  check_editor()
  local git = run({ 'git', '--version' })
  if git.code == 0 then
    health.ok(vim.trim(git.stdout))
  else
    health.error('git cannot be run; runs need it, also in folders that are not repositories')
  end
  if not check_server() then
    return
  end
  for _, client in ipairs(vim.lsp.get_clients({ name = 'autogpt' })) do
    check_client(client)
  end
end

return M
