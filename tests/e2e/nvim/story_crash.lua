-- Two folders in one Neovim; a server that is killed in the middle of a run; a run that is cancelled.
local T = dofile(vim.env.AUTOGPT_NVIM_STORIES .. '/harness.lua')
local runs = require('autogpt.runs')

T.enable({ capabilities = { general = { positionEncodings = { 'utf-8' } } } })
T.edit('one/shop/cart.py')
T.equal(T.attached().offset_encoding, 'utf-8')
T.edit('two/shop/cart.py')
T.attached()
local two = vim.uv.fs_realpath('two')

-- In a line with characters of four bytes, the range of the protocol is in the units that were agreed on.
local tea = vim.api.nvim_get_current_buf()
vim.api.nvim_buf_set_lines(tea, 0, 0, false, { '# autogpt: 🫖 write `shout`, which makes a text upper case' })
vim.api.nvim_win_set_cursor(0, { 1, 0 })
T.has(T.actions(), 'Do: 🫖 write `shout`')
vim.cmd('silent undo')

-- The task goes to the folder of the buffer.
vim.cmd('Autogpt fix')
local state = T.run('at work', function(state) return state.status == 'running' and state.phase ~= '' end)
T.equal(state.root, two)
T.has(require('autogpt').status(), 'autogpt: ')

-- What does the work is killed: the run can be resumed.
local function info()
  local client = vim.lsp.get_clients({ name = 'autogpt', bufnr = 0 })[1]
  return client:request_sync('workspace/executeCommand', { command = 'autogpt.server.info' }, 30000).result, client
end

vim.uv.kill(info().worker.pid, 'sigkill')
T.run('interrupted', function(now) return now.status == 'interrupted' end)
T.equal(require('autogpt').status(), '')
vim.cmd('Autogpt resume')
T.run('at work again', runs.at_work)
local again = T.ended()
T.equal(again.run, state.run)
T.equal(again.status, 'verified', again.reason)

-- The server is killed: said, and the next command starts another one, which knows what became of the run.
vim.cmd('Autogpt fix')
local second = T.run(
  'at work again',
  function(newest) return newest.run ~= state.run and newest.status == 'running' end
)
local known, client = info()
T.messages = {}
vim.uv.kill(known.pid, 'sigkill')
T.heard('the server ended')
T.wait('the client is gone', function() return client:is_stopped() end)
vim.cmd('Autogpt runs')
T.wait(
  'the first run is listed by the new server',
  function() return #vim.lsp.get_clients({ name = 'autogpt', bufnr = tea }) == 1 and T.text():find('verified', 1, true) end
)
T.equal(runs.at_work(runs.states[second.run]), false)
T.press('q')

-- Cancelled: ended, and told so.
vim.cmd('Autogpt implement Write a poem about tea in a new module')
local poem = T.run('queued or running', function(newest) return runs.at_work(newest) end)
vim.cmd('Autogpt cancel')
T.wait('it is cancelled', function() return runs.states[poem.run].status == 'cancelled' end)
T.finish()
