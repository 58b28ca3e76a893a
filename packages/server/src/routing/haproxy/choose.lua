-- Chooses the revision of a request whose split has matches or keeps users: the same rule as core/traffic/choose.ts, on
-- the line that split-line.ts writes. It keeps no state but lines that it has read before, so that each thread may have
-- an interpreter of its own and a changed line is in force with the next request.
--
-- Reads  txn.split, and txn.place with a random place.
-- Writes txn.arm (<backend>:<revision>) for a matched request, txn.place for one with a sticky key, and txn.cookie with
--        the header that gives a user a key.

local known = {}
local known_lines = 0
-- Lines of tracks that changed since; when there are more, all are forgotten.
local most_known_lines = 256

-- A character beyond one byte is in no header that HAProxy lets through: it becomes something that never matches.
local function text_of(field)
  if field == "~" then return "" end
  field = field:gsub("%%u%x%x%x%x", "\0")
  return (field:gsub("%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function parts_of(text, separator)
  local parts = {}
  for part in (text .. separator):gmatch("([^" .. separator .. "]*)" .. separator) do
    parts[#parts + 1] = part
  end
  return parts
end

local function condition_of(text)
  local source, name, comparison, value = table.unpack(parts_of(text, ":"))
  local values = {}
  for _, one in ipairs(parts_of(value, ",")) do values[text_of(one)] = true end
  return {
    source = source,
    name = name ~= "-" and text_of(name) or nil,
    comparison = comparison,
    text = text_of(value),
    values = values,
  }
end

local function match_of(text)
  local arm, conditions = text:match("^(.-)@(.*)$")
  local match = { arm = arm, conditions = {} }
  if conditions ~= "" then
    for _, one in ipairs(parts_of(conditions, "+")) do
      match.conditions[#match.conditions + 1] = condition_of(one)
    end
  end
  return match
end

local function line_of(text)
  local line = known[text]
  if line then return line end
  if known_lines >= most_known_lines then known, known_lines = {}, 0 end
  local fields = parts_of(text, "|")
  local by, name = fields[7]:match("^(%a+):?(.*)$")
  line = { seed = tonumber(fields[6]), by = by, name = name and text_of(name), matches = {} }
  if fields[8] ~= "-" then
    for _, one in ipairs(parts_of(fields[8], "&")) do line.matches[#line.matches + 1] = match_of(one) end
  end
  known[text] = line
  known_lines = known_lines + 1
  return line
end

local function cookie_of(txn, name)
  for at = 1, txn.f:req_fhdr_cnt("cookie") do
    for pair in (txn.f:req_fhdr("cookie", at) .. ";"):gmatch("([^;]*);") do
      pair = pair:gsub("^ +", "")
      if pair:sub(1, #name + 1) == name .. "=" then return (pair:sub(#name + 2):gsub("%s+$", ""):gsub("^%s+", "")) end
    end
  end
  return nil
end

local function value_for(condition, txn)
  if condition.source == "p" then return txn.f:path() end
  if condition.name == nil then return nil end
  if condition.source == "h" then return txn.f:req_fhdr(condition.name, 1) end
  return cookie_of(txn, condition.name)
end

local function holds(condition, txn)
  local value = value_for(condition, txn)
  if value == nil then return false end
  if condition.comparison == "e" then return value == condition.text end
  if condition.comparison == "p" then return value:sub(1, #condition.text) == condition.text end
  return condition.comparison == "o" and condition.values[value] == true
end

local function arm_of(line, txn)
  for _, match in ipairs(line.matches) do
    local all = true
    for _, condition in ipairs(match.conditions) do
      if not holds(condition, txn) then
        all = false
        break
      end
    end
    if all then return match.arm end
  end
  return nil
end

local word = 0xffffffff

-- hash32 of core/kernel/hash.ts: MurmurHash3 x86 32-bit over one block for each code unit, and a byte is a code unit here.
local function hash32(text, seed)
  local h = seed
  for at = 1, #text do
    local k = (text:byte(at) * 0xcc9e2d51) & word
    k = ((k << 15) | (k >> 17)) & word
    h = h ~ ((k * 0x1b873593) & word)
    h = ((h << 13) | (h >> 19)) & word
    h = (h * 5 + 0xe6546b64) & word
  end
  h = h ~ #text
  h = ((h ~ (h >> 16)) * 0x85ebca6b) & word
  h = ((h ~ (h >> 13)) * 0xc2b2ae35) & word
  return h ~ (h >> 16)
end

-- The peer, or what a proxy on this very machine says that it forwards for.
local function address_of(txn)
  local peer = txn.f:src():gsub("^::ffff:", "")
  local forwarded = txn.f:req_fhdr("x-forwarded-for", -1)
  if forwarded == nil or not (peer:find("^127%.") or peer == "::1") then return peer end
  return (forwarded:match("([^,]*)$"):gsub("^%s+", ""):gsub("%s+$", ""))
end

-- The key that keeps a user on one revision, and the header that gives one to a user who has none.
local function key_of(line, txn)
  if line.by == "address" then return address_of(txn) end
  if line.by == "header" then return txn.f:req_fhdr(line.name, 1) end
  if line.by ~= "cookie" then return nil end
  local held = cookie_of(txn, line.name)
  if held ~= nil and held ~= "" then return held end
  local given = txn.f:uuid()
  return given, line.name .. "=" .. given .. "; Path=/; HttpOnly; SameSite=Lax"
end

core.register_action("sluice_choose", { "http-req" }, function(txn)
  local line = line_of(txn:get_var("txn.split"))
  local key, cookie = key_of(line, txn)
  if cookie then txn:set_var("txn.cookie", cookie) end
  local arm = arm_of(line, txn)
  if arm then
    txn:set_var("txn.arm", arm)
  elseif key ~= nil and key ~= "" then
    txn:set_var("txn.place", hash32(key, line.seed) % 10000)
  end
end)
