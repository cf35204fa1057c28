--- What a person's configuration may call; everything else is `:Autogpt`.
local M = {}

--- For a statusline, such as `%{%v:lua.require'autogpt'.status()%}`: empty while nothing runs.
---@return string
function M.status() return package.loaded['autogpt.runs'] and require('autogpt.runs').status() or '' end

--- All known runs, the newest first.
---@return autogpt.State[]
function M.runs() return require('autogpt.runs').sorted() end

return M
