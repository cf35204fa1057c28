--- What the stories share: a Neovim with the plugin, ears for its messages, hands for its questions, checks that say
--- what they saw. A story is run by `nvim -l`; it fails by an error, and nothing it does waits on the clock alone.
local T = { messages = {}, progress = {}, answers = {}, offered = {} }

local LIMIT = 300000 -- milliseconds; only a story that fails waits so long

vim.opt.runtimepath:prepend(vim.env.AUTOGPT_NVIM_PLUGIN)
vim.cmd('filetype plugin on')
vim.cmd('runtime! plugin/autogpt.lua') -- -u NONE loads none by itself
vim.opt.swapfile = false

vim.notify = function(message, level) table.insert(T.messages, { text = message, level = level or vim.log.levels.INFO }) end

--- Chooses the item whose text has the next prepared answer in it.
vim.ui.select = function(items, options, callback)
  local wanted = table.remove(T.answers, 1)
  T.offered = vim.tbl_map(options.format_item or tostring, items)
  for index, text in ipairs(T.offered) do
    if wanted and text:find(wanted, 1, true) then
      callback(items[index], index)
      return
    end
  end
  callback(nil)
end

vim.ui.input = function(_, callback) callback(table.remove(T.answers, 1)) end

vim.api.nvim_create_autocmd('LspProgress', {
  callback = function(event)
    local params = event.data.params
    if vim.startswith(tostring(params.token), 'autogpt/') then
      table.insert(T.progress, params.value)
    end
  end,
})

--- The server of these tests, enabled as a person would.
function T.enable(more)
  local python = vim.env.AUTOGPT_TEST_SERVER
  local config =
    { cmd = { python, '-m', 'autogpt', 'lsp' }, settings = { autogpt = { python = vim.env.PROJECT_PYTHON } } }
  vim.lsp.config('autogpt', vim.tbl_deep_extend('force', config, more or {}))
  vim.lsp.enable('autogpt')
end

local function shown(value) return type(value) == 'string' and value or vim.inspect(value) end

function T.wait(what, condition)
  local seen
  local ok = vim.wait(LIMIT, function()
    seen = condition()
    return seen
  end, 20)
  if not ok then
    error(('never happened: %s\nmessages: %s\nerrmsg: %s'):format(what, vim.inspect(T.messages), vim.v.errmsg), 2)
  end
  return seen
end

function T.equal(got, wanted, what)
  if not vim.deep_equal(got, wanted) then
    error(('%s\ngot:    %s\nwanted: %s'):format(what or 'not equal', shown(got), shown(wanted)), 2)
  end
end

function T.has(text, part)
  if not shown(text):find(part, 1, true) then
    error(('%q is not in:\n%s'):format(part, shown(text)), 2)
  end
end

function T.lacks(text, part)
  if shown(text):find(part, 1, true) then
    error(('%q is in:\n%s'):format(part, shown(text)), 2)
  end
end

--- Wait for a message with this in it.
function T.heard(part)
  return T.wait('a message with ' .. part, function()
    for _, message in ipairs(T.messages) do
      if message.text:find(part, 1, true) then
        return message.text
      end
    end
  end)
end

function T.edit(path) vim.cmd.edit(vim.fn.fnameescape(path)) end

--- Put the cursor on the first line with this text.
function T.go(part)
  for number, line in ipairs(T.lines()) do
    if line:find(part, 1, true) then
      vim.api.nvim_win_set_cursor(0, { number, math.max(line:find('%S') - 1, 0) })
      return number
    end
  end
  error('no line with ' .. part, 2)
end

function T.lines(buf) return vim.api.nvim_buf_get_lines(buf or 0, 0, -1, false) end

function T.text(buf) return table.concat(T.lines(buf), '\n') .. '\n' end

function T.attached()
  return T.wait('the server is attached', function()
    local client = vim.lsp.get_clients({ name = 'autogpt', bufnr = 0 })[1]
    return client and client.initialized and client
  end)
end

--- What the client asks the server to do from now on: each command with its argument.
function T.sent(client)
  local sent, request = {}, client.request
  client.request = function(self, method, params, ...)
    if method == 'workspace/executeCommand' then
      table.insert(sent, { params.command, params.arguments[1] })
    end
    return request(self, method, params, ...)
  end
  return sent
end

--- Titles of our code actions at the cursor; with `choose`, the one with that in it is done.
function T.actions(choose)
  T.offered = {}
  T.answers = { choose }
  local done = false
  local select = vim.ui.select
  vim.ui.select = function(items, options, callback)
    select(items, options, callback)
    done = true
  end
  vim.lsp.buf.code_action()
  T.wait('code actions are offered', function() return done end)
  vim.ui.select = select
  return T.offered
end

function T.states() return require('autogpt.runs').states end

--- The newest run, once `condition` holds of it.
function T.run(what, condition)
  return T.wait(what, function()
    local state = require('autogpt.runs').sorted()[1]
    return state and condition(state) and state
  end)
end

function T.ended()
  return T.run('the run ends', function(state) return not require('autogpt.runs').at_work(state) end)
end

--- Insert lines as typing would: an undo step of their own.
function T.type(buf, line, text)
  vim.api.nvim_buf_set_lines(buf, line, line, false, { text })
  vim.api.nvim_buf_call(buf, function() vim.cmd('let &undolevels = &undolevels') end)
end

--- Type keys as a person would.
function T.press(keys) vim.api.nvim_feedkeys(vim.keycode(keys), 'tx', false) end

--- No message is a traceback, and nothing failed unseen.
function T.finish()
  for _, message in ipairs(T.messages) do
    T.lacks(message.text, 'stack traceback')
    T.lacks(message.text, '\n')
  end
  T.equal(vim.v.errmsg, '', 'errors')
  vim.cmd('qa!')
end

return T
