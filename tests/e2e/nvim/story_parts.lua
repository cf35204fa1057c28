-- Parts of the plugin that no run of the sample shows: states and texts are told here, as the server would.
local T = dofile(vim.env.AUTOGPT_NVIM_STORIES .. '/harness.lua')
local runs = require('autogpt.runs')
local virtual = require('autogpt.virtual')

T.enable()
T.edit('shop/cart.py')
local client = T.attached()

local tests = { command = '', fixed = {}, broken = {}, still_failing = {}, preexisting = {}, added = {} }
local function state(run, more)
  local all =
    { run = run, task = 'Task ' .. run, root = vim.uv.cwd(), status = 'running', phase = '', step = 'Waiting' }
  local rest = { iteration = 0, branch = '', commit = 'c1', files = {}, tests = tests, warnings = {}, reason = '' }
  return vim.tbl_extend('force', all, rest, { started = 1, seconds = 0 }, more or {})
end

-- The runs buffer: a run that comes in at the top does not put itself under the cursor.
runs.receive(state('bbbb', { status = 'queued' }), client.id)
T.heard('run bbbb has begun')
vim.cmd('Autogpt runs')
T.has(T.text(), 'queued: Waiting')
local function under_cursor() return table.concat(T.lines(), '\n', 1, vim.fn.line('.')):match('.*Task (%w+)') end
T.equal(under_cursor(), 'bbbb', 'the cursor begins on a run')
vim.cmd('normal! j')
local line = vim.api.nvim_get_current_line()
runs.receive(state('aaaa', { started = 2 }), client.id)
T.equal(T.lines()[2]:match('Task (%w+)'), 'aaaa')
T.equal(under_cursor(), 'bbbb')
T.equal(vim.api.nvim_get_current_line(), line)
T.equal(#T.lines()[1] < 80, true, 'all keys are seen on a small screen')

-- How it ended, with what is to be known of it, in a line that stops nobody who types.
T.messages = {}
local reason = ('The worker stopped. '):rep(20)
runs.receive(state('bbbb', { status = 'interrupted', reason = reason, warnings = { 'Two files clash.' } }), client.id)
T.has(T.heard('interrupted'), ':Autogpt resume')
T.equal(vim.fn.strdisplaywidth(T.messages[1].text) <= math.max(vim.v.echospace, 60), true)
T.has(T.text(), 'Two files clash.')
T.has(T.text(), vim.trim(reason))
T.equal(vim.wo.wrap, true)

-- How much of a proposal was accepted, where that is known.
local hunks = { { id = '1', decided = 'applied' }, { id = '2', decided = 'pending' } }
local file = { uri = 'file:///x.py', path = 'x.py', added = 2, removed = 2, hunks = hunks }
local done = { status = 'verified', branch = 'autogpt/x', files = { file }, applied = true }
runs.receive(state('cccc', done), client.id)
T.has(T.text(), 'autogpt/x  (1 of 2 hunks accepted)')
file.hunks = {}
runs.receive(state('cccc', done), client.id)
T.has(T.text(), 'autogpt/x  (accepted, or a part of it)')

-- The server of a run dies: interrupted, with the reason; if the next server has no record of it, it is gone.
T.messages = {}
runs.receive(state('dddd', { started = 3 }), 9999)
runs.client_left(9999, 0, 9)
T.heard('the server ended (exit 0, signal 9) during 1 run')
T.has(T.text(), 'interrupted  dddd')
T.has(T.text(), 'The server ended.')
require('autogpt.panel').reload()
T.wait('it is gone', function() return not runs.states.dddd end)
T.equal(runs.states.bbbb ~= nil, true, 'those of a server that lives stay')
T.press('q')

-- A text is asked for once, and again when the run has gone on.
local asked, request = 0, client.request
client.request = function(self, method, params, handler, ...)
  if method ~= 'autogpt/textDocumentContent' then
    return request(self, method, params, handler, ...)
  end
  asked = asked + 1
  handler(nil, { text = 'text ' .. asked })
  return true
end
local function text()
  local got
  virtual.text('autogpt-run://bbbb/new/x.py', function(answer) got = answer end)
  return got
end
T.equal({ text(), text() }, { 'text 1', 'text 1' })
runs.keep(state('bbbb', { status = 'verified', commit = 'c2' }), client.id)
T.equal({ text(), text() }, { 'text 2', 'text 2' })
client.request = request

-- A name with characters that are a pattern to Vim.
vim.fn.writefile({ 'a', 'b', 'c', 'd', 'e' }, 'shop/[id].txt')
vim.cmd.edit('shop/i.txt')
T.edit('shop/[id].txt')
local odd = vim.api.nvim_get_current_buf()
T.equal(require('autogpt.client').loaded(vim.uri_from_bufnr(odd)), odd)

-- Conflict markers where the run's texts have other line endings and a mark at their beginning.
vim.api.nvim_buf_set_lines(odd, 0, 1, false, { 'A' })
virtual.sides = function(_, _, callback)
  callback({ base = '\239\187\191a\r\nb\r\nc\r\nd\r\ne\r\n', new = '\239\187\191a\r\nb\r\nc\r\nd\r\nE\r\n' })
end
local conflicts = require('autogpt.conflicts')
conflicts.write(state('bbbb'), { { path = 'shop/[id].txt', reason = '' } })
T.heard('0 conflicts marked')
T.equal(T.lines(odd), { 'A', 'b', 'c', 'd', 'E' })
vim.bo[odd].modifiable = false
conflicts.write(state('bbbb'), { { path = 'shop/[id].txt', reason = '' } })
T.heard("'modifiable' is off")
T.finish()
