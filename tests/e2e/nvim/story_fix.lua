-- From a failing test to applied hunks, with text that was never written to disk.
local T = dofile(vim.env.AUTOGPT_NVIM_STORIES .. '/harness.lua')

T.enable()
T.edit('shop/catalogue.py')
T.attached()
T.type(0, 0, '# typed, not written')
local catalogue = vim.api.nvim_get_current_buf()

T.edit('tests/test_catalogue.py')
T.attached()
T.go('def test_completes_a_name')
local titles = T.actions('test_completes_a_name')
T.has(titles, 'test `test_completes_a_name`')

T.run('the run is told', function(state) return state.status == 'running' end)
T.heard('has begun')
-- Typed while it works: is neither lost nor part of the proposal.
T.type(catalogue, 2, '# typed during the run')
local state = T.ended()
T.equal(state.status, 'verified', state.reason)
T.has(state.tests.fixed, 'tests/test_catalogue.py::test_completes_a_name')
T.heard(':Autogpt review')

T.equal(T.progress[1].kind, 'begin')
T.equal(T.progress[1].cancellable, true)
T.wait('progress ends', function() return T.progress[#T.progress].kind == 'end' end)

vim.cmd('Autogpt review')
T.wait('the quickfix list', function() return vim.bo.filetype == 'qf' end)
local items = vim.fn.getqflist()
T.equal(#items, 1)
T.has(items[1].text, 'open')
local line = vim.api.nvim_buf_get_lines(catalogue, items[1].lnum - 1, items[1].lnum, false)[1]
T.has(line, 'product.name.startswith(prefix)')

T.press('a')
T.wait('the hunk is accepted', function() return vim.fn.getqflist()[1].text:find('accepted', 1, true) end)
local text = T.text(catalogue)
T.has(text, '# typed, not written\n')
T.has(text, '# typed during the run\n')
T.lacks(text, 'if product.name.startswith(prefix)')
T.heard('1 buffer changed and not written')
T.equal(vim.bo[catalogue].modified, true)
T.lacks(table.concat(vim.fn.readfile('shop/catalogue.py'), '\n'), 'typed during')

vim.api.nvim_buf_call(catalogue, function() vim.cmd('silent undo') end)
T.has(T.text(catalogue), 'if product.name.startswith(prefix)')
T.has(T.text(catalogue), '# typed during the run')
T.finish()
