--- Where the hunks of a proposal are in the text as it is now. Pure: texts in, places out.
local M = {}

local diff = vim.text and vim.text.diff or vim.diff

---@class autogpt.Place
---@field first integer from 1
---@field last integer from 1, inclusive
---@field decided 'pending'|'applied'|'rejected'|'taken' taken: in the text without us; applied and undone: pending

--- Blocks that differ, as `{start_a, count_a, start_b, count_b}` from 1.
---@param a string[]
---@param b string[]
---@return integer[][]
local function blocks(a, b)
  local function joined(lines) return #lines > 0 and table.concat(lines, '\n') .. '\n' or '' end
  return diff(joined(a), joined(b), { result_type = 'indices', algorithm = 'histogram' }) --[[@as integer[][] ]]
end

--- Where line `line` (from 1) of the old text is in the new one; inside a changed block, its beginning.
---@param changes integer[][]
---@param line integer
---@return integer
local function moved(changes, line)
  local shift = 0
  for _, block in ipairs(changes) do
    local start, count, new_start, new_count = block[1], block[2], block[3], block[4]
    local first = count == 0 and start + 1 or start -- an insertion comes after its line
    if line < first then
      break
    end
    if line < first + count then
      return math.max(new_start, 1)
    end
    shift = new_start + new_count - (count == 0 and start + 1 or start + count)
    if new_count == 0 then
      shift = shift + 1 -- a deletion names the line before it
    end
  end
  return line + shift
end

---@param changes integer[][] between base or proposal and the text now
---@param first integer from 1
---@param count integer
---@return boolean
local function untouched(changes, first, count)
  for _, block in ipairs(changes) do
    local start, ending = block[1], block[1] + math.max(block[2], 1) - 1
    if start <= first + math.max(count, 1) - 1 and first <= ending then
      return false
    end
  end
  return true
end

--- The places of hunks, in their order.
---@param hunks autogpt.Hunk[]
---@param base string[]
---@param new string[]
---@param now string[]
---@return autogpt.Place[]
function M.places(hunks, base, new, now)
  local from_base, from_new = blocks(base, now), blocks(new, now)
  return vim.tbl_map(function(hunk)
    local taken = untouched(from_new, hunk.new_line + 1, hunk.new_count)
    local decided = hunk.decided
    local first, count
    if taken and decided == 'pending' then
      decided = 'taken'
    elseif not taken and decided == 'applied' and untouched(from_base, hunk.base_line + 1, hunk.base_count) then
      decided = 'pending'
    end
    if taken or decided == 'applied' then
      first, count = moved(from_new, hunk.new_line + 1), hunk.new_count
    else
      first, count = moved(from_base, hunk.base_line + 1), hunk.base_count
    end
    first = math.max(1, math.min(first, math.max(#now, 1)))
    return { first = first, last = math.max(first, math.min(first + count - 1, #now)), decided = decided }
  end, hunks)
end

--- What a hunk is about, for a list: the first line of it that says something.
---@param hunk autogpt.Hunk
---@param base string[]
---@param new string[]
---@return string
function M.summary(hunk, base, new)
  local sign, lines, from, count = '+', new, hunk.new_line, hunk.new_count
  if count == 0 then
    sign, lines, from, count = '-', base, hunk.base_line, hunk.base_count
  end
  for index = from + 1, from + count do
    local line = vim.trim(lines[index] or '')
    if line ~= '' then
      return sign .. ' ' .. line
    end
  end
  return sign
end

return M
