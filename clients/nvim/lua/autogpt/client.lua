--- The way to the server: which client, one request, one line of message when something fails.
local M = {}

local NAME = 'autogpt'
local START_LIMIT = 30000 -- milliseconds for a server to come up before we stop listening for it

--- One line, whatever the text.
---@param message string
---@param level? integer
---@param unasked? boolean nobody waits for it, so it must not stop whoever types; default: all good news
function M.say(message, level, unasked)
  local line = vim.trim(('autogpt: ' .. message):gsub('%s+', ' '))
  local room = math.max(vim.v.echospace, 60)
  if unasked == nil then
    unasked = (level or 0) < vim.log.levels.WARN
  end
  if unasked and vim.fn.strdisplaywidth(line) > room then
    line = vim.fn.printf('%.' .. room - 1 .. 'S', line) .. '…' -- by cells, so that there is no "Press ENTER"
  end
  vim.notify(line, level or vim.log.levels.INFO)
end

---@param message string
function M.warn(message) M.say(message, vim.log.levels.WARN) end

--- `action`, whose faults become a line of message instead of a traceback.
---@generic F: fun(...)
---@param action F
---@return F
function M.guarded(action)
  return function(...)
    local ok, fault = pcall(action, ...)
    if not ok then
      M.say(vim.split(tostring(fault), '\n')[1], vim.log.levels.ERROR)
    end
  end
end

--- Whether a buffer is a file that a run could be about: not a folder, not the text of another plugin.
---@param buf integer
---@return boolean
function M.is_file(buf)
  local name = vim.api.nvim_buf_get_name(buf)
  return vim.bo[buf].buftype == '' and name ~= '' and not name:find('^%a[%w+.-]+:/') and vim.fn.isdirectory(name) == 0
end

--- The loaded buffer of a file. Not by bufnr(), which takes `[id].py` for a pattern.
---@param uri string
---@return integer?
function M.loaded(uri)
  local name = vim.uri_to_fname(uri)
  return vim
    .iter(vim.api.nvim_list_bufs())
    :find(function(buf) return vim.api.nvim_buf_is_loaded(buf) and vim.api.nvim_buf_get_name(buf) == name end)
end

---@param client vim.lsp.Client
---@return string[]
function M.folders(client)
  local folders = vim.tbl_map(function(folder) return vim.uri_to_fname(folder.uri) end, client.workspace_folders or {})
  return #folders > 0 and folders or { client.root_dir }
end

--- Whether a buffer is a file in one of a client's folders.
---@param client vim.lsp.Client
---@param buf integer
---@return boolean
function M.serves(client, buf)
  local name = vim.api.nvim_buf_get_name(buf)
  return M.is_file(buf) and vim.iter(M.folders(client)):any(function(folder) return vim.fs.relpath(folder, name) end)
end

--- The client with a folder around this path, and that folder.
---@param path string
---@return vim.lsp.Client? client
---@return string? folder
local function around(path)
  for _, client in ipairs(vim.lsp.get_clients({ name = NAME })) do
    for _, folder in ipairs(M.folders(client)) do
      if not client:is_stopped() and vim.fs.relpath(folder, path) then
        return client, folder
      end
    end
  end
end

--- The client of this buffer; where the buffer is no file, the one whose folder we are in, else any.
---@param buf? integer
---@return vim.lsp.Client?
function M.find(buf)
  buf = buf or vim.api.nvim_get_current_buf()
  local attached = vim.lsp.get_clients({ name = NAME, bufnr = buf })[1]
  if attached and not attached:is_stopped() then
    return attached
  end
  if M.is_file(buf) then
    return (around(vim.api.nvim_buf_get_name(buf)))
  end
  return around(assert(vim.uv.cwd())) or vim.lsp.get_clients({ name = NAME })[1]
end

--- The folder of a client that we are in, else its first.
---@param client vim.lsp.Client
---@return string?
function M.folder_of(client)
  local found, folder = around(assert(vim.uv.cwd()))
  return found == client and folder or M.folders(client)[1]
end

--- Go on with the client, one that is there or a new one.
---@param callback fun(client: vim.lsp.Client)
---@param root? string the folder it must serve; default: that of the current buffer
function M.with(callback, root)
  local client = root and around(root) or not root and M.find() or nil
  if client and not client:is_stopped() then
    M.when_ready(client.id, callback)
  else
    M.start(callback, root)
  end
end

---@param callback fun(client: vim.lsp.Client)
---@param root? string
function M.start(callback, root)
  local config = vim.lsp.config[NAME]
  if not config then
    M.warn('lsp/autogpt.lua is not in the runtime path')
    return
  end
  local command = config.cmd
  if type(command) == 'table' and vim.fn.executable(command[1]) == 0 then
    M.warn(('`%s` cannot be run; see :checkhealth autogpt'):format(command[1]))
    return
  end
  local buf = vim.api.nvim_get_current_buf()
  local file = M.is_file(buf)
  local here = vim.fs.root(file and buf or assert(vim.uv.cwd()), config.root_markers or {}) or vim.uv.cwd()
  root = root or here
  local options = { bufnr = buf, attach = file and root == here }
  local id = vim.lsp.start(vim.tbl_extend('force', config, { root_dir = root }), options)
  if not id then
    return
  end
  if vim.lsp.is_enabled and vim.lsp.is_enabled(NAME) then
    vim.lsp.enable(NAME) -- the other buffers of a server that died: their unwritten text is part of a base, too
  end
  M.when_ready(id, callback)
end

--- Look every now and then, since a client of an `enable` may be on its way already: its own hooks are not ours.
---@param id integer
---@param callback fun(client: vim.lsp.Client)
function M.when_ready(id, callback)
  local now = vim.lsp.get_client_by_id(id)
  if now and now.initialized then
    callback(now)
    return
  end
  local timer = assert(vim.uv.new_timer())
  local waited, pause = 0, 20
  timer:start(pause, pause, function()
    vim.schedule(function()
      if timer:is_closing() then
        return
      end
      waited = waited + pause
      local client = vim.lsp.get_client_by_id(id)
      if client and client.initialized then
        timer:close()
        M.guarded(callback)(client)
      elseif not client or waited > START_LIMIT then
        timer:close()
        M.warn('the server did not start; see :checkhealth autogpt')
      end
    end)
  end)
end

--- A command of the server. What it refuses is shown to the person.
---@param client vim.lsp.Client
---@param command string
---@param argument? table
---@param callback? fun(result: any)
function M.command(client, command, argument, callback)
  local params = { command = 'autogpt.' .. command, arguments = { argument or vim.empty_dict() } }
  local provider = client.server_capabilities.executeCommandProvider
  if not vim.list_contains(provider and provider.commands or {}, params.command) then
    M.warn(('this server has no `%s`, it is too old; see :checkhealth autogpt'):format(command))
    return
  end
  M.request(client, 'workspace/executeCommand', params, callback)
end

---@param client vim.lsp.Client
---@param method string
---@param params table
---@param callback? fun(result: any)
function M.request(client, method, params, callback)
  local sent = client:request(method, params, function(fault, result)
    if fault then
      M.say(fault.message, vim.log.levels.ERROR)
    elseif callback then
      M.guarded(callback)(result)
    end
  end)
  if not sent then
    M.warn('the server is not running')
  end
end

return M
