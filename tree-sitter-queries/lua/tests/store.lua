#!/usr/bin/env lua
local json = require("net.json")
--                    ^^^^^^^^ import net.json as json
local Base = require "lib.base"
--                    ^^^^^^^^ import lib.base as Base
local pack = require("lib.tools").pack
--                                ^^^^ import lib.tools.pack as pack
require("setup")
--       ^^^^^ import setup
local M = {}
--    ^ definition.variable M
local insert, remove = table.insert, table.remove
--    ^^^^^^ !definition

--- Adds two numbers.
-- <- chunk.start add
---@param a number the first
local function add(a, b, ...)
--             ^^^ definition.function add
--             ^^^ doc Adds two numbers
--             ^^^ doc @param a number
--             ^^^ signature local function add(a, b, ...)
  local sum = a + b + M.LIMIT
--      ^^^ !definition
--            ^ !reference
--                      ^^^^^ reference.read in add on M
  for i = 1, 10 do print(i) end
--                       ^ !reference
  for key, value in pairs(M) do
    insert(key, value)
--  ^^^^^^ reference.call in add
--         ^^^ !reference
  end
  return M.double(sum)
--         ^^^^^^ reference.call in add on M
--                ^^^ !reference
end
-- <- chunk.end add

function M.double(a) return add(a) end
--         ^^^^^^ definition.method M.double
--                          ^^^ reference.call in M.double
function M:push(item) self:grow(item) end
--         ^^^^ definition.method M.push
--                         ^^^^ reference.call in M.push on self
--                    ^^^^ !reference
function M.batch(items)
  local done = {}
--      ^^^^ !definition
  local function each(item) done[item] = true end
--               ^^^^ definition.function M.batch.each
--                          ^^^^ !reference
  local last = function() return done end
--      ^^^^ definition.function M.batch.last
  return each, last
end
local unpack = table.unpack or function(t) return t end
--    ^^^^^^ definition.function unpack
function M.deep.er.reach() end
--                 ^^^^^ definition.method M.deep.er.reach

-- Halves.
M.halve = function(x) return x / 2 end
--^^^^^ definition.method M.halve
--^^^^^ doc Halves
--^^^^^ signature M.halve = function(x)
M["odd name"] = function() end
-- ^^^^^^^^ definition.method M.odd name
local once = function() end
--    ^^^^ definition.function once
M.LIMIT = 10
--^^^^^ definition.constant M.LIMIT
M.count = 0
--^^^^^ definition.field M.count
local MAX <const> = 5
--    ^^^ definition.constant MAX
VERSION = "1"
-- <- definition.constant VERSION

local Cache = setmetatable({}, { __index = Base })
--    ^^^^^ definition.class Cache
--                                         ^^^^ reference.implements in Cache
local Lru = Cache:extend()
--    ^^^ definition.class Lru
--          ^^^^^ reference.implements in Lru

local handlers = {
--    ^^^^^^^^ definition.variable handlers
  name = "x",
--^^^^ definition.field handlers.name
  run = function(event) return json.encode(event) end,
--^^^ definition.function handlers.run
--                                  ^^^^^^ reference.call in handlers.run on json
}
M.timeout = 5
--^^^^^^^ definition.field M.timeout
M.timeout = M.timeout * 2
--^^^^^^^ !definition
goto done
--   ^^^^ !reference
::done::
return M
