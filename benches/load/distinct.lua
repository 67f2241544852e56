-- Asks for a page that nobody asked for before, each time: a week, a zone on the business's own clock, and a mark. The
-- arguments are the first days of weeks, then one word that no other run uses.
local zones = {
  "Australia/Sydney", "Australia/Melbourne", "Australia/Hobart", "Australia/Canberra", "Australia/ACT",
  "Australia/NSW", "Australia/Victoria", "Australia/Tasmania", "Australia/Currie",
}
local dates, run, count = {}, "", 0

function init(arguments)
  for place = 1, #arguments - 1 do dates[place] = arguments[place] end
  run = arguments[#arguments]
end

function request()
  count = count + 1
  local date, zone = dates[count % #dates + 1], zones[count % #zones + 1]
  return wrk.format("GET", wrk.path .. "?from=" .. date .. "&zone=" .. zone .. "&visit=" .. run .. "-" .. count)
end
