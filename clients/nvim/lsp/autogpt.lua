-- The whole set-up: `vim.lsp.enable('autogpt')`. Works alone, copied to ~/.config/nvim/lsp/, or with the rest of the
-- plugin; only with the rest does it tell the server that the client can ask for text and show reviews.
---@type vim.lsp.Config
local config = {
  cmd = { 'autogpt', 'lsp' },
  root_markers = { '.git', 'pyproject.toml', 'setup.py', 'package.json', 'go.mod', 'Cargo.toml', '.hg' },
  -- What most servers of a Python buffer speak; two encodings in one buffer are a known source of wrong columns.
  capabilities = { general = { positionEncodings = { 'utf-16' } } },
}

if #vim.api.nvim_get_runtime_file('lua/autogpt/runs.lua', false) > 0 then
  config.capabilities.experimental = {
    autogpt = { review = true, commands = { 'autogpt.implementTask', 'autogpt.refineRun' } },
  }
  config.handlers = {
    ['autogpt/runDidChange'] = function(_, state, with) require('autogpt.runs').receive(state, with.client_id) end,
  }
  config.commands = {
    ['autogpt.implementTask'] = function(command, context)
      require('autogpt.actions').implement_at(command.arguments[1], context.client_id)
    end,
    ['autogpt.refineRun'] = function(command) require('autogpt.actions').refine('', command.arguments[1].run) end,
  }
  config.on_exit = function(code, signal, client_id) require('autogpt.runs').client_left(client_id, code, signal) end
end

return config
