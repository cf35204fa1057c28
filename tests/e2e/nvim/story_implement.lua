-- A task in words, about lines; the comment as input box; the question for a text; steering; the next round.
local T = dofile(vim.env.AUTOGPT_NVIM_STORIES .. '/harness.lua')
local runs = require('autogpt.runs')

T.enable()
T.edit('shop/cart.py')
local client = T.attached()
local sent = T.sent(client)

-- The range is that of the lines, in UTF-16 units: the cup of tea counts two.
T.type(0, 5, '# autogpt: 🫖')
vim.cmd('6,6Autogpt implement Make `total` add the prices up')
T.wait('the task is sent', function() return sent[1] end)
T.equal(sent[1][1], 'autogpt.run.implement')
T.equal(sent[1][2].task, 'Make `total` add the prices up')
T.equal(sent[1][2].uri, vim.uri_from_bufnr(0))
T.equal(sent[1][2].range, { start = { line = 5, character = 0 }, ['end'] = { line = 5, character = 13 } })
T.run('it is told', function(state) return state.task:find('add the prices up', 1, true) end)
vim.cmd('Autogpt steer use a loop')
T.wait(
  'the message is sent',
  function() return sent[2] and sent[2][1] == 'autogpt.run.steer' and sent[2][2].message == 'use a loop' end
)
vim.cmd('Autogpt cancel')
T.ended()

-- Without a text it asks; the selection's action of the server asks, too.
T.answers = { 'Say it in words' }
vim.cmd('Autogpt implement')
T.run(
  'the answer is the task',
  function(state)
    return state.task == 'Say it in words' and not runs.at_work(state)
      or (runs.at_work(state) and vim.cmd('Autogpt cancel'))
  end
)
T.equal(vim.fn.maparg('<Plug>(autogpt-implement)', 'x') ~= '', true)

-- A file that nothing attached a server to, as without filetypes, is a place all the same.
vim.cmd('noautocmd edit shop/tax.py')
T.equal(#vim.lsp.get_clients({ bufnr = 0 }), 0)
vim.cmd('1Autogpt implement Take the rate as a percentage')
local last = T.wait('the task is sent', function()
  local command, argument = unpack(sent[#sent])
  return command == 'autogpt.run.implement' and argument.task:find('percentage', 1, true) and argument
end)
T.equal(last.uri, vim.uri_from_bufnr(0))
T.equal(last.range.start, { line = 0, character = 0 })
T.run('it is told', function(state) return state.task:find('percentage', 1, true) end)
vim.cmd('Autogpt cancel')
T.ended()
T.finish()
