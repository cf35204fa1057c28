--- Remarks on lines, kept beside the text until the next round takes them along.
local client = require('autogpt.client')
local virtual = require('autogpt.virtual')

local M = {}

local space = vim.api.nvim_create_namespace('autogpt.comments')

---@class autogpt.Remark
---@field buf integer
---@field mark integer
---@field text string

---@type autogpt.Remark[]
local remarks = {}

---@param lines integer[] first and last, from 1
---@param text string
function M.add(lines, text)
  local buf = vim.api.nvim_get_current_buf()
  if not client.is_file(buf) and not virtual.parse(vim.api.nvim_buf_get_name(buf)) then
    client.warn('a remark goes on the lines of a file, or of a proposal')
    return
  end
  local mark = vim.api.nvim_buf_set_extmark(buf, space, lines[1] - 1, 0, {
    end_row = lines[2] - 1,
    virt_lines = { { { '  ▎ ' .. text, 'AutogptComment' } } },
  })
  table.insert(remarks, { buf = buf, mark = mark, text = text })
end

--- Remarks whose buffers are still there.
---@return autogpt.Remark[]
local function alive()
  return vim.tbl_filter(function(remark) return vim.api.nvim_buf_is_loaded(remark.buf) end, remarks)
end

---@return integer
function M.count() return #alive() end

--- The run that remarks in a proposal's text are about.
---@return string?
function M.run()
  for _, remark in ipairs(alive()) do
    local run = virtual.parse(vim.api.nvim_buf_get_name(remark.buf))
    if run then
      return run
    end
  end
end

--- Comments as the server wants them.
---@param with vim.lsp.Client
---@return autogpt.Comment[]
function M.collect(with)
  return vim.tbl_map(function(remark)
    local mark = vim.api.nvim_buf_get_extmark_by_id(remark.buf, space, remark.mark, { details = true })
    local first, last = mark[1] + 1, math.max(mark[1], mark[3].end_row or mark[1]) + 1
    local range = require('autogpt.actions').range(remark.buf, { first, last }, with.offset_encoding)
    return { uri = M.uri(remark.buf), range = range, text = remark.text }
  end, alive())
end

---@param buf integer
---@return string
function M.uri(buf)
  local run, side, path = virtual.parse(vim.api.nvim_buf_get_name(buf))
  return run and virtual.wire_uri(run, side, path) or vim.uri_from_bufnr(buf)
end

--- Forget all, once they are sent or not wanted any more.
function M.clear()
  for _, remark in ipairs(alive()) do
    vim.api.nvim_buf_del_extmark(remark.buf, space, remark.mark)
  end
  remarks = {}
end

return M
