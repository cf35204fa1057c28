--- `:Autogpt`: which subcommand does what, and what completes it.
local client = require('autogpt.client')

local M = {}

---@class autogpt.Call
---@field text string what follows the subcommand
---@field words string[] the same, split
---@field lines? integer[] first and last line, when a range was given
---@field at integer[] the range, else the cursor's line twice
---@field bang boolean

---@class autogpt.Subcommand
---@field run fun(call: autogpt.Call)
---@field complete? fun(lead: string): string[]

local function actions() return require('autogpt.actions') end

--- Ids of runs, each with no more than what fits.
---@param fits? fun(state: autogpt.State): boolean
local function ids(fits)
  return function()
    local found = {}
    for _, state in ipairs(require('autogpt.runs').sorted()) do
      if not fits or fits(state) then
        table.insert(found, state.run)
      end
    end
    return found
  end
end

local function working(state) return require('autogpt.runs').at_work(state) end
local function proposing(state) return actions().reviewable(state) end

---@type table<string, autogpt.Subcommand>
local SUBCOMMANDS = {
  implement = { run = function(call) actions().implement(call.text, call.lines) end },
  fix = {
    run = function(call) actions().fix(call.words) end,
    complete = function(lead) return vim.fn.getcompletion(lead, 'file') end,
  },
  review = {
    run = function(call) require('autogpt.review').open(call.text) end,
    complete = ids(proposing),
  },
  diff = {
    run = function(call) require('autogpt.review').diff(call.text) end,
    complete = ids(proposing),
  },
  apply = {
    run = function(call)
      if call.lines then
        actions().at_lines(
          call.text,
          call.lines,
          function(run, hunks) actions().apply(run, { hunks = hunks, markers = call.bang }) end
        )
      else
        actions().apply(call.text, { markers = call.bang })
      end
    end,
    complete = ids(proposing),
  },
  accept = {
    run = function(call)
      actions().at_lines(call.text, call.at, function(run, hunks) actions().apply(run, { hunks = hunks }) end)
    end,
    complete = ids(proposing),
  },
  reject = {
    run = function(call) actions().at_lines(call.text, call.at, actions().reject) end,
    complete = ids(proposing),
  },
  revert = {
    run = function(call) actions().revert(call.text) end,
    complete = ids(function(state) return state.applied end),
  },
  discard = {
    run = function(call) actions().discard(call.text, call.bang) end,
    complete = ids(),
  },
  cancel = {
    run = function(call) actions().cancel(call.text) end,
    complete = ids(working),
  },
  resume = {
    run = function(call) actions().resume(call.text) end,
    complete = ids(function(state) return state.status == 'interrupted' end),
  },
  comment = { run = function(call) M.comment(call) end },
  refine = { run = function(call) actions().refine(call.text) end },
  steer = { run = function(call) actions().steer(call.text) end },
  runs = { run = function() require('autogpt.panel').open() end },
  model = {
    run = function(call) actions().model(call.text) end,
    complete = function() return { 'builtin', 'hf:' } end,
  },
  log = { run = function() actions().log() end },
}

--- A remark on the lines, for the next round; with a bang all remarks are dropped.
---@param call autogpt.Call
function M.comment(call)
  local comments = require('autogpt.comments')
  if call.bang then
    comments.clear()
  elseif call.text ~= '' then
    comments.add(call.at, call.text)
  else
    vim.ui.input({ prompt = 'Comment: ' }, function(text)
      if text and text ~= '' then
        client.guarded(comments.add)(call.at, text)
      end
    end)
  end
end

--- The names of all subcommands, in alphabetical order.
---@return string[]
function M.names()
  local names = vim.tbl_keys(SUBCOMMANDS)
  table.sort(names)
  return names
end

---@param call vim.api.keyset.create_user_command.command_args
function M.run(call)
  local name, text = vim.trim(call.args):match('^(%S*)%s*(.-)$')
  name = name == '' and 'runs' or name
  local subcommand = SUBCOMMANDS[name]
  if not subcommand then
    client.warn(('there is no `:Autogpt %s`; see :help :Autogpt'):format(name))
    return
  end
  client.guarded(subcommand.run)({
    text = text,
    words = vim.split(text, '%s+', { trimempty = true }),
    lines = call.range > 0 and { call.line1, call.line2 } or nil,
    at = { call.line1, call.line2 },
    bang = call.bang,
  })
end

---@param lead string
---@param line string
---@param position integer
---@return string[]
function M.complete(lead, line, position)
  local before = line:sub(1, position)
  local name = before:match('A%l*!?%s+(%S+)%s')
  local offered
  if not name then
    offered = M.names()
  elseif SUBCOMMANDS[name] and SUBCOMMANDS[name].complete then
    offered = SUBCOMMANDS[name].complete(lead)
  end
  return vim.tbl_filter(function(each) return vim.startswith(each, lead) end, offered or {})
end

return M
