-- Review of a run of an earlier session: two hunks of one file and one of another.
local T = dofile(vim.env.AUTOGPT_NVIM_STORIES .. '/harness.lua')

T.enable()
T.edit('shop/cart.py')
T.attached()
local cart = vim.api.nvim_get_current_buf()

local function words()
  return vim.tbl_map(function(item) return item.text:match('^%S+') end, vim.fn.getqflist())
end

local function until_words(...)
  local wanted = { ... }
  T.wait(vim.inspect(wanted), function() return vim.deep_equal(words(), wanted) end)
end

vim.cmd('Autogpt review')
T.wait('the quickfix list', function() return vim.bo.filetype == 'qf' end)
until_words('open', 'open', 'open')
T.has(vim.fn.getqflist({ title = 1 }).title, 'verified')
local quickfix = vim.api.nvim_get_current_win()

-- Accept the second, reject the first.
vim.api.nvim_win_set_cursor(0, { 2, 0 })
T.press('a')
until_words('open', 'accepted', 'open')
T.equal(vim.fn.line('.'), 3, 'the cursor is on the hunk that comes next')
T.has(T.text(cart), 'return first - second')
vim.api.nvim_win_set_cursor(0, { 1, 0 })
T.press('x')
until_words('rejected', 'accepted', 'open')

-- Lines typed above move the items, and undo takes back the accepted hunk.
local before = vim.fn.getqflist()[3].lnum
vim.api.nvim_buf_call(cart, function() vim.cmd('silent undo') end)
T.has(T.text(cart), 'return first + second  # difference')
T.equal(vim.fn.getqflist()[3].lnum, before)

-- The native diff: `do` takes a hunk into the buffer.
vim.api.nvim_win_set_cursor(quickfix, { 1, 0 })
T.press('d')
T.wait('the diff', function() return vim.wo.diff and #vim.api.nvim_tabpage_list_wins(0) == 2 end)
T.equal(vim.api.nvim_get_current_buf(), cart)
local proposal = vim.api.nvim_win_get_buf(vim.api.nvim_tabpage_list_wins(0)[2])
T.has(vim.api.nvim_buf_get_name(proposal), 'autogpt-run://')
T.wait('the proposal is shown', function() return T.text(proposal):find('result += price', 1, true) end)
T.equal(vim.bo[proposal].modifiable, false)
T.equal(vim.bo[proposal].filetype, 'python')
vim.cmd('diffupdate')
T.go('result -= price')
T.press('do')
T.has(T.text(cart), 'result += price')
T.press('u')
T.has(T.text(cart), 'result -= price')
vim.cmd('diffupdate')
vim.cmd('silent %diffget')
T.has(T.text(cart), 'return first - second')
T.equal(T.text(cart), T.text(proposal))
vim.cmd('silent undo')

-- A remark in the proposal's text goes along with the next round.
vim.api.nvim_set_current_win(vim.api.nvim_tabpage_list_wins(0)[2])
T.go('result += price')
vim.cmd('Autogpt comment use sum()')
local comments = require('autogpt.comments')
local collected = comments.collect(vim.lsp.get_clients({ name = 'autogpt' })[1])
T.equal(#collected, 1)
T.equal(collected[1].text, 'use sum()')
T.has(collected[1].uri, '/new/shop/cart.py')
T.equal(collected[1].range['end'].character, #vim.api.nvim_get_current_line())
vim.cmd('Autogpt! comment')
T.equal(comments.count(), 0)
vim.cmd.tabclose()
until_words('rejected', 'open', 'open') -- what was undone is open again

-- The hunk under the cursor, without any list.
T.edit('shop/tax.py')
local tax = vim.api.nvim_get_current_buf()
T.attached()
T.messages = {}
vim.api.nvim_win_set_cursor(0, { 1, 0 })
vim.cmd('Autogpt accept')
T.heard('has no open hunk in these lines')
T.go('return price - rate')
vim.cmd('Autogpt accept')
T.wait('the hunk at the cursor', function() return T.text(tax):find('return price + rate', 1, true) end)
T.heard('not written')

-- Applied to a read-only file as to any other: only `:w` has to be forced.
vim.cmd('silent undo')
vim.bo[tax].readonly = true
T.messages = {}
vim.cmd('Autogpt accept')
T.wait('the hunk again', function() return T.text(tax):find('return price + rate', 1, true) end)
T.heard('not written')
vim.bo[tax].readonly = false

-- A buffer that must not change is left alone, in one line.
vim.bo[cart].modifiable = false
T.messages = {}
vim.cmd('Autogpt apply')
T.heard('shop/cart.py')
T.has(T.text(cart), 'result -= price')
vim.bo[cart].modifiable = true
vim.v.errmsg = ''

-- The same lines changed meanwhile: a conflict is said, and marked on request only.
vim.api.nvim_buf_call(cart, function()
  T.go('result -= price')
  vim.api.nvim_set_current_line('        result = price - 1')
end)
T.messages = {}
vim.cmd('Autogpt apply')
T.heard('writes conflict markers')
T.lacks(T.text(cart), '<<<<<<<')
vim.cmd('Autogpt! apply')
T.wait('markers', function() return T.text(cart):find('<<<<<<< yours', 1, true) end)
T.has(T.text(cart), '        result = price - 1\n')
vim.api.nvim_buf_call(cart, function() vim.cmd('silent undo') end)
T.lacks(T.text(cart), '<<<<<<<')

-- Taken back, listed, discarded.
vim.cmd('Autogpt revert')
T.wait('what was accepted is taken back', function() return T.text(tax):find('return price - rate', 1, true) end)
T.heard('is taken back')
vim.cmd('Autogpt runs')
T.wait('the run is listed', function() return T.text():find('verified', 1, true) end)
T.has(T.text(), 'shop/cart.py  +2 -2')
T.answers = { 'Discard' }
T.go('verified')
T.press('D')
T.wait('the run is gone', function() return T.text():find('No run yet', 1, true) end)
T.finish()
