-- A large folder: asked while it is indexed, it answers with what it has and says so; and it may vanish while it is searched.

local t = require('harness')
t.projects()
local N_FILES = 2500
for number = 1, N_FILES do
  local lines = {}
  for part = 1, 12 do
    lines[#lines + 1] = ('def dig_row_%d_%d(spade):\n    """Dig the row %d of the field %d."""\n    return spade\n'):format(number, part, part, number)
  end
  t.write(('garden/field%d.py'):format(number), table.concat(lines, '\n'))
end
require('symseek').setup({ cmd = vim.env.SYMSEEK_TEST_BINARY })

local function title()
  return vim.fn.getqflist({ title = 0 }).title
end

t.test('answers while it is indexed are marked as incomplete, and later ones are not', function()
  vim.cmd.edit(t.beds)
  -- The open file is searched whatever else is known.
  local items = t.quickfix('Symseek! give every bed its share of water')
  t.truthy(items[1]:match('^beds.py:4'), items[1])
  t.truthy(title():find('still indexing', 1, true), 'the title of an early answer: ' .. title())
  items = t.quickfix('Symseek! dig the row 7 of the field 1234', 'again')
  t.truthy(items[1]:match('^field%d+.py'), items[1])
  t.truthy(not title():find('still indexing', 1, true), 'the title of a late answer: ' .. title())
  t.equal(vim.bo.buftype, '', 'the cursor is in the file')
end)

t.test('a folder that is removed while it is searched costs its hits, not the server', function()
  local client = t.ours({ bufnr = 0 })[1]
  local answers = 0
  local function ask()
    require('symseek.request').ask(0, 'search', { query = 'dig the row of the field', limit = 50 }, function(problem, answer)
      t.truthy(not problem, tostring(problem))
      t.truthy(answer.hits, 'hits')
      answers = answers + 1
      if answers < 40 then
        ask()
      end
    end)
  end
  ask()
  vim.fn.delete(vim.fs.dirname(t.beds), 'rf')
  t.eventually('all answers', function()
    return answers == 40
  end)
  t.eventually('nothing of it is left but the open file', function()
    local answer = client:request_sync('symseek/search', { query = 'dig the row of the field', limit = 50 }, 5000)
    return answer and answer.result and vim.iter(answer.result.hits):all(function(hit)
      return vim.fs.basename(hit.path) == 'beds.py'
    end)
  end, 30000)
  t.equal(t.ours({ bufnr = 0 })[1].id, client.id, 'the client')
  local items = t.quickfix('Symseek! give every bed its share of water')
  t.truthy(items[1]:match('^beds.py:4'), items[1])
end)

t.run()
