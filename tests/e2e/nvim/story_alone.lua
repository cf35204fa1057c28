-- `lsp/autogpt.lua` copied, and nothing else of the plugin: the server shows hunks by itself.
local T = dofile(vim.env.AUTOGPT_NVIM_STORIES .. '/harness.lua')

T.equal(vim.fn.exists(':Autogpt'), 0)
T.enable()
T.edit('tests/test_shop.py')
T.attached()
T.go('def test_tax')
T.actions('test_tax')
T.wait('progress ends', function()
  local last = T.progress[#T.progress]
  return last and last.kind == 'end'
end)

T.edit('shop/tax.py')
T.attached()
local tax = vim.api.nvim_get_current_buf()
T.wait('the hunk is a hint', function()
  return vim
    .iter(vim.diagnostic.get(tax))
    :any(function(found) return found.code == 'proposal' and found.severity == vim.diagnostic.severity.HINT end)
end)
T.go('return price - rate')
T.has(T.actions('Accept this change'), 'Reject this change')
T.wait('the buffer is changed', function() return T.text(tax):find('return price + rate', 1, true) end)
T.finish()
