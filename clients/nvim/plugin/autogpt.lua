-- Registers names and nothing else; the rest is loaded when it is first used.
if vim.g.loaded_autogpt then
  return
end
vim.g.loaded_autogpt = true

if vim.fn.has('nvim-0.11') == 0 then
  vim.notify('autogpt: Neovim 0.11 or newer is needed', vim.log.levels.WARN)
  return
end

vim.api.nvim_create_user_command('Autogpt', function(call) require('autogpt.command').run(call) end, {
  nargs = '*',
  range = true,
  bang = true,
  desc = 'Let autogpt do a task, and review what it proposes',
  complete = function(lead, line, position) return require('autogpt.command').complete(lead, line, position) end,
})

vim.api.nvim_create_autocmd('BufReadCmd', {
  group = vim.api.nvim_create_augroup('autogpt', {}),
  pattern = 'autogpt-run:/*',
  desc = 'The texts of a run',
  callback = function(event) require('autogpt.virtual').fill(event.buf, event.match) end,
})

local function plug(modes, name)
  -- From visual mode, `:` puts the range there by itself.
  vim.keymap.set(modes, ('<Plug>(autogpt-%s)'):format(name), (':Autogpt %s<CR>'):format(name), { silent = true })
end

for _, name in ipairs({ 'implement', 'comment', 'accept', 'reject' }) do
  plug({ 'n', 'x' }, name)
end
for _, name in ipairs({ 'fix', 'review', 'diff', 'apply', 'discard', 'cancel', 'resume', 'refine', 'steer', 'runs' }) do
  plug('n', name)
end

for name, link in pairs({
  AutogptRunning = 'DiagnosticInfo',
  AutogptVerified = 'DiagnosticOk',
  AutogptUnverified = 'DiagnosticWarn',
  AutogptFailed = 'DiagnosticError',
  AutogptMuted = 'Comment',
  AutogptComment = 'DiagnosticVirtualTextInfo',
}) do
  vim.api.nvim_set_hl(0, name, { link = link, default = true })
end
