--- The texts of a run as buffers nobody can edit: `autogpt-run://<run>/<base|new>/<path>`.
local client = require('autogpt.client')
local runs = require('autogpt.runs')

local M = {}

---@type table<string, { commit: string, text: string }> by uri: what is committed never changes, a resumed run does
local cache = {}

---@param run string
---@param side 'base'|'new'
---@param path string
---@return string
function M.uri(run, side, path) return ('autogpt-run://%s/%s/%s'):format(run, side, path) end

--- The same as the protocol writes it.
---@param run string
---@param side string
---@param path string
---@return string
function M.wire_uri(run, side, path)
  local escaped = path:gsub('[^/]+', function(part) return vim.uri_encode(part) end)
  return ('autogpt-run:/%s/%s/%s'):format(run, side, escaped)
end

--- Run, side and path; nil for a name that is not of this scheme.
---@param name string
---@return string? run
---@return string? side
---@return string? path
function M.parse(name) return name:match('^autogpt%-run:/+([^/]+)/([^/]+)/(.+)$') end

---@param uri string
---@param callback fun(text: string)
function M.text(uri, callback)
  local run, side, path = M.parse(uri)
  if not run then
    client.warn(('`%s` is not autogpt-run://<run>/<base|new>/<path>'):format(uri))
    return
  end
  local known, now = cache[uri], runs.states[run]
  if known and now and known.commit == now.commit and not runs.at_work(now) then
    callback(known.text)
    return
  end
  runs.pick(run, 'show', function() end, function(state, with)
    local params = { uri = M.wire_uri(state.run, side, path) }
    client.request(with, 'autogpt/textDocumentContent', params, function(answer)
      cache[uri] = not runs.at_work(state) and { commit = state.commit, text = answer.text } or nil
      callback(answer.text)
    end)
  end)
end

--- Both sides of a file.
---@param run string
---@param path string
---@param callback fun(sides: autogpt.Sides)
function M.sides(run, path, callback)
  M.text(M.uri(run, 'base', path), function(base)
    M.text(M.uri(run, 'new', path), function(new) callback({ base = base, new = new }) end)
  end)
end

--- The lines of a text, as a buffer holds them: without byte order mark and line endings.
---@param text string
---@return string[]
function M.lines(text)
  local plain = text:gsub('^\239\187\191', ''):gsub('\r\n', '\n')
  local lines = vim.split(plain, '\n', { plain = true })
  if lines[#lines] == '' then
    table.remove(lines)
  end
  return lines
end

--- Fill a buffer of this scheme as soon as the server answers.
---@param buf integer
---@param name string
function M.fill(buf, name)
  vim.bo[buf].buftype = 'nofile'
  vim.bo[buf].swapfile = false
  vim.bo[buf].modifiable = false
  client.guarded(M.text)(name, function(text)
    if not vim.api.nvim_buf_is_valid(buf) then
      return
    end
    vim.bo[buf].modifiable = true
    vim.api.nvim_buf_set_lines(buf, 0, -1, false, M.lines(text))
    vim.bo[buf].modified = false
    vim.bo[buf].modifiable = false
    local _, _, path = M.parse(name)
    vim.bo[buf].filetype = vim.filetype.match({ filename = path, buf = buf }) or ''
    vim.cmd('silent! diffupdate')
  end)
end

return M
