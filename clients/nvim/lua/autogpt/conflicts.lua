--- What could not be merged, as conflict markers in the buffer; only when the person asks for it.
local client = require('autogpt.client')
local virtual = require('autogpt.virtual')

local M = {}

local LABELS = { '-L', 'yours', '-L', 'base', '-L', 'autogpt' }

---@param texts string[][] the lines of yours, base, the proposal
---@param callback fun(lines: string[], clashes: integer)
local function merge(texts, callback)
  local folder = vim.fn.tempname()
  vim.fn.mkdir(folder, 'p')
  local command = vim.list_extend({ 'git', 'merge-file', '-p' }, LABELS)
  for index, lines in ipairs(texts) do
    local path = vim.fs.joinpath(folder, tostring(index))
    vim.fn.writefile(lines, path)
    table.insert(command, path)
  end
  vim.system(command, { text = true }, function(done)
    vim.schedule(function()
      vim.fn.delete(folder, 'rf')
      if done.code < 0 or done.code > 127 then
        client.warn('git merge-file failed: ' .. (done.stderr or ''))
      else
        client.guarded(callback)(virtual.lines(done.stdout), done.code)
      end
    end)
  end)
end

---@param state autogpt.State
---@param path string
local function write_one(state, path)
  local buf = vim.fn.bufadd(vim.fs.joinpath(state.root, path))
  vim.fn.bufload(buf)
  vim.bo[buf].buflisted = true
  if not vim.bo[buf].modifiable then
    client.warn(("%s cannot be changed: 'modifiable' is off"):format(path))
    return
  end
  virtual.sides(state.run, path, function(sides)
    local tick = vim.api.nvim_buf_get_changedtick(buf)
    local yours = vim.api.nvim_buf_get_lines(buf, 0, -1, false)
    merge({ yours, virtual.lines(sides.base), virtual.lines(sides.new) }, function(lines, clashes)
      if vim.api.nvim_buf_get_changedtick(buf) ~= tick then
        client.warn(('%s changed meanwhile; ask again'):format(path))
        return
      end
      vim.api.nvim_buf_set_lines(buf, 0, -1, false, lines)
      client.say(('%s: %d conflict%s marked, u takes it back'):format(path, clashes, clashes == 1 and '' or 's'))
    end)
  end)
end

---@param state autogpt.State
---@param conflicts autogpt.Conflict[]
function M.write(state, conflicts)
  if vim.fn.executable('git') == 0 then
    client.warn('git is needed to write conflict markers')
    return
  end
  local seen = {}
  for _, conflict in ipairs(conflicts) do
    if not seen[conflict.path] then
      seen[conflict.path] = true
      write_one(state, conflict.path)
    end
  end
end

return M
