--- `:checkhealth autogpt`: what is there, what is missing, and what to do about it.
local M = {}

local health = vim.health
local LIMIT = 3000 -- milliseconds; a report is the one place that waits, and not for long

---@param command string[]
---@return string? output
local function output(command)
  local ok, done = pcall(function() return vim.system(command, { text = true }):wait(LIMIT) end)
  return ok and done.code == 0 and vim.trim(done.stdout) or nil
end

local function check_editor()
  health.start('autogpt: editor')
  if vim.fn.has('nvim-0.11') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim 0.11 or newer is needed')
  end
  if vim.g.did_load_filetypes == nil and vim.g.do_filetype_lua == nil and vim.fn.exists('#filetypedetect') == 0 then
    health.warn('Filetype detection is off, so no server is attached to files', { 'filetype plugin on' })
  end
end

---@return boolean
local function check_server()
  health.start('autogpt: server')
  local config = vim.lsp.config.autogpt
  local command = config and config.cmd
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
  check_editor()
  local git = output({ 'git', '--version' })
  if git then
    health.ok(git)
  else
    health.error('git cannot be run; runs need it, also in folders that are not repositories')
  end
  if not check_server() then
    return
  end
  local clients = vim.lsp.get_clients({ name = 'autogpt' })
  if #clients == 0 then
    health.info('No server runs now; it starts with the first file, or with :Autogpt')
  end
  for _, client in ipairs(clients) do
    check_client(client)
  end
end

return M
