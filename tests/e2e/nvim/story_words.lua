-- The subcommands that talk: comments and another round, the model, the log; and lists that have gone stale.
local T = dofile(vim.env.AUTOGPT_NVIM_STORIES .. '/harness.lua')
local runs = require('autogpt.runs')

T.enable()
T.edit('shop/cart.py')
local cart = vim.api.nvim_get_current_buf()
local client = T.attached()
local sent = T.sent(client)
local function argument(command)
  return T.wait(command .. ' is sent', function()
    for _, each in ipairs(sent) do
      if each[1] == 'autogpt.' .. command then
        return each[2]
      end
    end
  end)
end

-- The model of this session: asked for, or named.
T.answers = { 'builtin' }
vim.cmd('Autogpt model')
T.heard('model builtin for this session')
T.equal(client.settings.autogpt.model, 'builtin')
T.equal(vim.lsp.config.autogpt.settings.autogpt.model, 'builtin', 'a server started later has it, too')
T.has(vim.inspect(T.offered), 'builtin')
vim.cmd('Autogpt model builtin')
T.equal(client.settings.autogpt.python, vim.env.PROJECT_PYTHON, 'the other settings stay')

-- The log is the file that the server names.
vim.cmd('Autogpt log')
T.wait('the log is shown', function() return vim.api.nvim_buf_get_name(0):find('server.log', 1, true) end)
T.has(T.text(), 'client')
vim.cmd('bwipeout!')

-- A remark asked for, on a line, and a sentence about the whole: one more round on the same branch.
vim.cmd('Autogpt review')
T.wait('the review is shown', function() return #vim.fn.getqflist() > 0 end)
local first = runs.sorted()[1]
vim.cmd.wincmd('p')
T.go('result -= price')
T.answers = { 'use sum()' }
vim.cmd('Autogpt comment')
T.equal(require('autogpt.comments').count(), 1)
vim.cmd('Autogpt refine Keep it short')
local refined = argument('run.refine')
T.equal(refined.run, first.run)
T.equal(vim.tbl_map(function(comment) return comment.text end, refined.comments), { 'use sum()', 'Keep it short' })
T.equal(refined.comments[1].uri, vim.uri_from_bufnr(cart))
T.wait('the remarks are gone with the round', function() return require('autogpt.comments').count() == 0 end)
local second = T.run('another round', function(state) return state.run ~= first.run end)
vim.cmd('Autogpt cancel')
T.wait('it ends', function() return not runs.at_work(runs.states[second.run]) end)

-- A file that was changed outside is looked at before anything is brought into it.
local disk = vim.fn.readfile('shop/cart.py')
table.insert(disk, 1, '# from outside')
vim.fn.writefile(disk, 'shop/cart.py')
vim.o.autoread = true
T.messages = {}
vim.cmd('Autogpt apply ' .. first.run)
T.wait('both are there', function()
  local text = T.text(cart)
  return text:find('# from outside', 1, true) and text:find('result += price', 1, true)
end)

-- All of it again changes nothing, and says so.
T.messages = {}
vim.cmd('Autogpt apply ' .. first.run)
T.heard('nothing changed')

-- Gone for good, without a question; what still points to it says so in one line.
T.messages = {}
vim.cmd('Autogpt! discard ' .. second.run)
T.heard('run ' .. second.run .. ' and its branch are gone')
vim.cmd('Autogpt! discard ' .. first.run)
T.heard('run ' .. first.run .. ' and its branch are gone')
T.wait('the list is empty', function() return #vim.fn.getqflist() == 0 end)
T.messages = {}
require('autogpt.review').diff_file(first.run, 'shop/cart.py')
T.heard('there is no run')
vim.cmd('Autogpt review ' .. first.run)
T.heard('there is no run `' .. first.run .. '`')
vim.cmd('Autogpt refine more')
T.heard('there is no run to refine')
local stale = { run = first.run, path = 'shop/cart.py', hunk = 'h1', decided = 'pending' }
local item = { filename = 'shop/cart.py', lnum = 1, text = 'open', user_data = stale }
vim.fn.setqflist({}, ' ', { items = { item }, context = { autogpt = first.run } })
vim.cmd('botright copen')
for _, key in ipairs({ 'a', 'x', 'd', 'K' }) do
  T.messages = {}
  T.press(key)
  T.heard('there is no run `' .. first.run .. '`')
end
T.finish()
