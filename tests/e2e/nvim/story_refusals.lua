-- What cannot be done is one line of message; what there is to know can be found. No run is started here.
local T = dofile(vim.env.AUTOGPT_NVIM_STORIES .. '/harness.lua')

-- Nothing is loaded before it is used.
for name in pairs(package.loaded) do
  T.lacks(name, 'autogpt')
end
T.equal(vim.fn.maparg('a', 'n'), '')

T.equal(vim.fn.getcompletion('Autogpt re', 'cmdline'), {
  'refine',
  'reject',
  'resume',
  'revert',
  'review',
})

local function health()
  vim.cmd('checkhealth autogpt')
  local text = T.text()
  vim.cmd('bwipeout!')
  return text
end

-- Neovim is too old.
local has = vim.fn.has
vim.fn.has = function(what) return what == 'nvim-0.11' and 0 or has(what) end
vim.g.loaded_autogpt = nil
vim.cmd('runtime! plugin/autogpt.lua')
T.equal(#T.messages, 1)
T.heard('Neovim 0.11 or newer is needed')
T.has(health(), 'Neovim 0.11 or newer is needed')
vim.fn.has = has

-- The server is not installed: said before a task is typed for nothing.
T.enable({ cmd = { '/nowhere/autogpt', 'lsp' } })
T.answers = { 'a long task' }
vim.cmd('Autogpt implement')
T.heard('`/nowhere/autogpt` cannot be run')
T.equal(T.answers, { 'a long task' }, 'nobody was asked')
T.has(health(), '`/nowhere/autogpt` cannot be run')

-- The server dies at once.
T.messages = {}
T.enable({ cmd = { vim.env.AUTOGPT_TEST_SERVER, '-c', 'raise SystemExit("no such thing")' } })
T.has(health(), 'ends at once with exit code 1: no such thing')
vim.cmd('Autogpt implement something')
T.heard('did not start')

-- The server is too old.
T.messages = {}
T.enable({ cmd = { vim.env.AUTOGPT_TEST_SERVER, vim.env.AUTOGPT_NVIM_STORIES .. '/old_server.py' } })
T.has(health(), 'The server is 0.0.9')
vim.cmd('Autogpt runs')
T.heard('this server has no `run.list`, it is too old')
vim.cmd('bwipeout!')
for _, old in ipairs(vim.lsp.get_clients({ name = 'autogpt' })) do
  old:stop(true)
end
T.wait('the old server is gone', function() return #vim.lsp.get_clients({ name = 'autogpt' }) == 0 end)

-- No git.
T.messages = {}
local path = vim.env.PATH
vim.env.PATH = '/nowhere'
T.has(health(), 'git cannot be run')
vim.env.PATH = path

T.enable({ cmd = { vim.env.AUTOGPT_TEST_SERVER, '-m', 'autogpt', 'lsp' } })
vim.cmd('Autogpt dance')
T.heard('there is no `:Autogpt dance`')
vim.cmd('Autogpt review')
T.heard('there is no run to review')
vim.cmd('Autogpt cancel nope')
T.heard('there is no run `nope`')
vim.cmd('Autogpt resume')
T.heard('there is no run to resume')
vim.cmd.edit('autogpt-run://nope/new/x.py')
T.heard('there is no run `nope`')
T.equal(vim.bo.modifiable, false)
vim.cmd('bwipeout!')

-- A buffer without a name is no place for a task, the folder is.
vim.cmd.enew()
T.equal(require('autogpt.client').is_file(0), false)
vim.cmd('Autogpt steer hello')
T.heard('there is no run to steer')
vim.api.nvim_buf_set_lines(0, 0, -1, false, { 'some', 'lines' })
vim.cmd('1,2Autogpt implement something')
T.heard('these lines are in no file')
vim.cmd('Autogpt comment hello')
T.heard('a remark goes on the lines of a file')
T.equal(require('autogpt.comments').count(), 0)
vim.bo.modified = false
vim.cmd('noautocmd edit .')
T.equal(require('autogpt.client').is_file(0), false, 'a folder')
vim.api.nvim_buf_set_name(vim.api.nvim_create_buf(true, false), 'other://plugin/text.py')
T.equal(require('autogpt.client').is_file(vim.fn.bufnr('other://')), false, 'the text of another plugin')

-- A long line of good news, or of news that nobody waits for, fits on one line of the screen.
require('autogpt.client').say(('茶'):rep(200))
T.equal(vim.fn.strdisplaywidth(T.messages[#T.messages].text) <= vim.v.echospace, true)
T.messages = {}

T.edit('shop/catalogue.py')
T.attached()
vim.cmd('Autogpt review')
vim.cmd('Autogpt runs')
T.equal(vim.bo.filetype, 'autogpt-runs')
T.has(T.text(), 'No run yet')
T.press('<CR>')
T.heard('there is no run in this line')
T.press('q')

local well = health()
T.has(well, 'OK server ')
T.has(well, 'OK git version')
T.lacks(well, 'ERROR')

vim.cmd('helptags ' .. vim.env.AUTOGPT_NVIM_PLUGIN .. '/doc')
for _, name in ipairs(require('autogpt.command').names()) do
  vim.cmd.help(':Autogpt-' .. name)
  T.has(vim.api.nvim_get_current_line(), 'Autogpt')
end
vim.v.errmsg = ''
T.finish()
