-- Bad days: a server that dies, once and again and again; no program; a program of another version.

local t = require('harness')
local server = require('symseek.server')
t.projects()
require('symseek').setup({ cmd = vim.env.SYMSEEK_TEST_BINARY })
server.PAUSES = { 100, 200 }

local function attached()
  return t.eventually('the client is attached', function()
    local client = t.ours({ bufnr = 0 })[1]
    return client
  end)
end

t.test('a killed server is started again, with the unsaved text', function()
  vim.cmd.edit(t.cart)
  local first = attached()
  t.indexed(first)
  vim.api.nvim_buf_set_lines(0, -1, -1, false, { '', 'def gift_wrap(parcel):', '    """Decorate a present with a bow."""' })
  t.forget()
  t.kill_servers()
  t.eventually('another client is attached', function()
    local client = t.ours({ bufnr = 0 })[1]
    return client and client.id ~= first.id
  end)
  local items = t.quickfix('Symseek! decorate a present with a bow')
  t.truthy(items[1]:find('gift_wrap', 1, true), items[1])
  local warnings = vim.tbl_filter(function(one)
    return one.message:find('died', 1, true)
  end, t.notified)
  t.equal(#warnings, 1, 'warnings')
  t.truthy(warnings[1].message:find('signal 9', 1, true), warnings[1].message)
end)

t.test('a question to a server that dies is answered', function()
  local problem
  local request = require('symseek.request')
  local client = attached()
  -- Stopped, it cannot answer before it is killed.
  t.stop_servers()
  request.ask(0, 'search', { query = 'x' }, function(why)
    problem = why or 'answered'
  end)
  t.forget()
  t.kill_servers()
  t.eventually('an answer', function()
    return problem
  end)
  t.truthy(problem:find('ended before it answered', 1, true), problem)
  t.eventually('another client is attached', function()
    local other = t.ours({ bufnr = 0 })[1]
    return other and other.id ~= client.id
  end)
  -- The user was told of the first death; the second is mended silently.
  t.truthy(not t.notifications():find('symseek: the server died', 1, true), t.notifications())
end)

t.test('one that keeps dying is given up, and said so once', function()
  t.forget()
  t.kill_servers()
  t.eventually('we gave up', server.stopped)
  vim.wait(600)
  t.equal(#t.ours(), 0, 'clients')
  local errors = vim.tbl_filter(function(one)
    return one.level == vim.log.levels.ERROR
  end, t.notified)
  t.equal(#errors, 1, 'errors')
  t.truthy(errors[1].message:find('died 3 times', 1, true), errors[1].message)
  t.truthy(t.health():find('died 3 times', 1, true), 'checkhealth says it, too')
  vim.cmd('Symseek! anything')
  t.truthy(t.notifications():find('SymseekRestart', 1, true), 'a command says what to do')
end)

t.test(':SymseekRestart brings it back', function()
  vim.cmd('SymseekRestart')
  attached()
  local items = t.quickfix('Symseek! decorate a present with a bow')
  t.truthy(items[1]:find('gift_wrap', 1, true), items[1])
end)

t.test(':SymseekRestart replaces one that runs', function()
  local before = attached()
  t.forget()
  vim.cmd('SymseekRestart')
  t.eventually('another client is attached', function()
    local client = t.ours({ bufnr = 0 })[1]
    return client and client.id ~= before.id
  end)
  t.truthy(not t.notifications():find('died', 1, true), 'nothing about a death, when the end was asked for')
end)

local function stop_all()
  for _, client in ipairs(t.ours()) do
    client:stop()
  end
  t.eventually('no client', function()
    return #t.ours() == 0
  end)
end

t.test('without the program: said once, with the command that installs it', function()
  stop_all()
  require('symseek').setup({ cmd = '/nowhere/symseek' })
  t.forget()
  vim.cmd.edit(t.retry)
  vim.cmd.edit(t.beds)
  vim.wait(300)
  local problems = vim.tbl_filter(function(one)
    return one.message:find('/nowhere/symseek', 1, true)
  end, t.notified)
  t.equal(#problems, 1, 'messages: ' .. t.notifications())
  t.equal(#t.ours(), 0, 'clients')
  vim.cmd('Symseek! anything')
  t.eventually('a command says it, too', function()
    return t.notifications(vim.log.levels.WARN):find('cannot be run', 1, true)
  end)
  local health = t.health()
  t.truthy(health:find('ERROR', 1, true) and health:find('cargo install', 1, true), health)
end)

t.test('a server of another version is not used', function()
  local fake = t.write(
    'fake.py',
    [[
import json, sys
def send(message):
    body = json.dumps(message).encode()
    sys.stdout.buffer.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    sys.stdout.buffer.flush()
while True:
    length = 0
    while (line := sys.stdin.buffer.readline().strip()):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if not length:
        break
    message = json.loads(sys.stdin.buffer.read(length))
    if message.get("method") == "initialize":
        result = {"capabilities": {"experimental": {"symseek": {"version": 99}}}}
        send({"jsonrpc": "2.0", "id": message["id"], "result": result})
    elif message.get("method") == "shutdown":
        send({"jsonrpc": "2.0", "id": message["id"], "result": None})
    elif message.get("method") == "exit":
        break
]]
  )
  require('symseek').setup({ cmd = { 'python3', fake } })
  t.forget()
  vim.cmd('SymseekRestart')
  t.eventually('it is said', function()
    return t.notifications(vim.log.levels.ERROR):find('version 99', 1, true)
  end)
  t.eventually('it is stopped', function()
    return #t.ours() == 0
  end)
  t.truthy(server.stopped(), 'no more is started')
end)

t.test('bad options are named and cost only themselves', function()
  t.forget()
  require('symseek').setup({ cmd = vim.env.SYMSEEK_TEST_BINARY, limit = 'many', colour = 1 })
  local said = t.notifications()
  t.truthy(said:find('unknown option `colour`', 1, true) and said:find('option `limit` is a string', 1, true), said)
  t.equal(require('symseek.options').get().limit, 50, 'limit')
end)

t.test('answers of an unfinished index are marked', function()
  local entries = require('symseek.entries')
  t.equal(entries.remarks({ complete = true }), '', 'complete')
  local remarks = entries.remarks({ complete = false, notes = { 'a note' } })
  t.equal(remarks, 'still indexing, more may be found later; a note', 'incomplete')
end)

t.run()
