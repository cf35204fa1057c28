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

-- The server is not installed.
T.enable({ cmd = { '/nowhere/autogpt', 'lsp' } })
vim.cmd('Autogpt implement something')
T.heard('cannot be run')
vim.cmd('checkhealth autogpt')
T.has(T.text(), '`/nowhere/autogpt` cannot be run')
vim.cmd('bwipeout!')

-- The server dies at once.
T.messages = {}
T.enable({ cmd = { vim.env.AUTOGPT_TEST_SERVER, '-c', 'raise SystemExit(3)' } })
vim.cmd('Autogpt implement something')
T.heard('did not start')

T.messages = {}
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

T.edit('shop/catalogue.py')
T.attached()
vim.cmd('Autogpt review')
vim.cmd('Autogpt runs')
T.equal(vim.bo.filetype, 'autogpt-runs')
T.has(T.text(), 'No run yet')
T.press('q')

vim.cmd('checkhealth autogpt')
local health = T.text()
T.has(health, 'OK server ')
T.has(health, 'OK git version')
T.lacks(health, 'ERROR')
vim.cmd('bwipeout!')

vim.cmd('helptags ' .. vim.env.AUTOGPT_NVIM_PLUGIN .. '/doc')
for _, name in ipairs(require('autogpt.command').names()) do
  vim.cmd.help(':Autogpt-' .. name)
  T.has(vim.api.nvim_get_current_line(), 'Autogpt')
end
vim.v.errmsg = ''
T.finish()
