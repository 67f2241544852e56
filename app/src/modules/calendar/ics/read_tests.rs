use jiff::{ToSpan, civil::date};
use proptest::prelude::*;

use super::*;

fn sydney() -> TimeZone {
    TimeZone::get("Australia/Sydney").unwrap()
}

fn instant(reading: DateTime) -> Instant {
    Instant::from_timestamp(reading.to_zoned(sydney()).unwrap().timestamp())
}

/// From the beginning of one day until the end of another, in Sydney.
fn days(from: Date, until: Date) -> Asked {
    Asked {
        from: instant(from.at(0, 0, 0, 0)),
        until: instant(until.tomorrow().unwrap().at(0, 0, 0, 0)),
        zone: sydney(),
        titles: true,
        except: String::new(),
    }
}

fn calendar(events: &str) -> String {
    let lines = events.trim().lines().map(str::trim_start).collect::<Vec<_>>().join("\r\n");
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{lines}\r\nEND:VCALENDAR\r\n")
}

fn event(lines: &str) -> String {
    calendar(&format!("BEGIN:VEVENT\nUID:a@test\nDTSTAMP:20260101T000000Z\n{}\nEND:VEVENT", lines.trim()))
}

fn read_all(file: &str, asked: &Asked) -> BusyTimes {
    busy(file.as_bytes(), asked).unwrap()
}

/// "2026-10-05 09:00 60": when it begins in Sydney, and its minutes.
fn shown(times: &BusyTimes) -> Vec<String> {
    times
        .times
        .iter()
        .map(|time| {
            let from = time.from.timestamp().to_zoned(sydney());
            let minutes = (time.until.micros() - time.from.micros()) / 60_000_000;
            format!("{} {minutes}", from.strftime("%Y-%m-%d %H:%M"))
        })
        .collect()
}

/// What one event in October 2026 comes to.
fn october(lines: &str) -> Vec<String> {
    let read = read_all(&event(lines), &days(date(2026, 10, 1), date(2026, 10, 31)));
    assert_eq!((read.skipped, read.unknown_zones, read.cut_short), (0, 0, false), "{lines}");
    shown(&read)
}

#[test]
fn a_calendar_as_google_writes_it() {
    let file = "BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\r\nVERSION:2.0\r\nCALSCALE:GREGORIAN\r\nMETHOD:PUBLISH\r\nX-WR-CALNAME:mia@example.com\r\nX-WR-TIMEZONE:Australia/Sydney\r\nBEGIN:VTIMEZONE\r\nTZID:Australia/Sydney\r\nX-LIC-LOCATION:Australia/Sydney\r\nBEGIN:STANDARD\r\nTZOFFSETFROM:+1100\r\nTZOFFSETTO:+1000\r\nTZNAME:GMT+10\r\nDTSTART:19700405T030000\r\nRRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU\r\nEND:STANDARD\r\nBEGIN:DAYLIGHT\r\nTZOFFSETFROM:+1000\r\nTZOFFSETTO:+1100\r\nTZNAME:GMT+11\r\nDTSTART:19701004T020000\r\nRRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Australia/Sydney:20260928T090000\r\nDTEND;TZID=Australia/Sydney:20260928T100000\r\nRRULE:FREQ=WEEKLY;UNTIL=20261019T125959Z;BYDAY=MO\r\nEXDATE;TZID=Australia/Sydney:20261005T090000\r\nDTSTAMP:20260901T000000Z\r\nUID:weekly@google.com\r\nCREATED:20260801T000000Z\r\nSEQUENCE:1\r\nSTATUS:CONFIRMED\r\nSUMMARY:Team\\, and a very long name that goes on and on until it has to be fol\r\n ded\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;TZID=Australia/Sydney:20261013T140000\r\nDTEND;TZID=Australia/Sydney:20261013T143000\r\nDTSTAMP:20260901T000000Z\r\nUID:weekly@google.com\r\nRECURRENCE-ID;TZID=Australia/Sydney:20261012T090000\r\nSEQUENCE:2\r\nSTATUS:CONFIRMED\r\nSUMMARY:Team (moved)\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261015\r\nDTEND;VALUE=DATE:20261017\r\nDTSTAMP:20260901T000000Z\r\nUID:leave@google.com\r\nSUMMARY:Leave\r\nTRANSP:OPAQUE\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART;VALUE=DATE:20261020\r\nDTEND;VALUE=DATE:20261021\r\nDTSTAMP:20260901T000000Z\r\nUID:birthday@google.com\r\nSUMMARY:Birthday\r\nTRANSP:TRANSPARENT\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nDTSTART:20261021T230000Z\r\nDTEND:20261022T000000Z\r\nDTSTAMP:20260901T000000Z\r\nUID:gone@google.com\r\nSTATUS:CANCELLED\r\nSUMMARY:Gone\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
    let read = read_all(file, &days(date(2026, 9, 28), date(2026, 10, 31)));
    assert_eq!(
        shown(&read),
        ["2026-09-28 09:00 60", "2026-10-13 14:00 30", "2026-10-15 00:00 2880", "2026-10-19 09:00 60"]
    );
    assert_eq!((read.skipped, read.unknown_zones, read.cut_short), (0, 0, false));
    assert_eq!(
        read.times[0].title.as_deref(),
        Some("Team, and a very long name that goes on and on until it has to be folded")
    );
    assert_eq!(read.times.iter().map(|time| time.all_day).collect::<Vec<_>>(), [false, false, true, false]);
    // Nobody needs to know more than that they are busy.
    let quiet = Asked { titles: false, ..days(date(2026, 9, 28), date(2026, 10, 31)) };
    assert!(read_all(file, &quiet).times.iter().all(|time| time.title.is_none()));
}

#[test]
fn a_calendar_as_outlook_writes_it() {
    let read = read_all(
        &calendar(
            "METHOD:PUBLISH
            X-WR-CALNAME:Calendar
            BEGIN:VTIMEZONE
            TZID:AUS Eastern Standard Time
            BEGIN:STANDARD
            DTSTART:16010101T030000
            TZOFFSETFROM:+1100
            TZOFFSETTO:+1000
            RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=4
            END:STANDARD
            BEGIN:DAYLIGHT
            DTSTART:16010101T020000
            TZOFFSETFROM:+1000
            TZOFFSETTO:+1100
            RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY=1SU;BYMONTH=10
            END:DAYLIGHT
            END:VTIMEZONE
            BEGIN:VEVENT
            UID:040000008200E00074C5B7101A82E008
            SUMMARY:Busy
            DTSTART;TZID=AUS Eastern Standard Time:20261002T090000
            DTEND;TZID=AUS Eastern Standard Time:20261002T093000
            RRULE:FREQ=DAILY;COUNT=4
            CLASS:PUBLIC
            DTSTAMP:20260901T000000Z
            TRANSP:OPAQUE
            STATUS:CONFIRMED
            X-MICROSOFT-CDO-BUSYSTATUS:BUSY
            X-MICROSOFT-CDO-ALLDAYEVENT:FALSE
            END:VEVENT
            BEGIN:VEVENT
            UID:free
            SUMMARY:Free
            DTSTART;TZID=AUS Eastern Standard Time:20261007T090000
            DTEND;TZID=AUS Eastern Standard Time:20261007T093000
            TRANSP:OPAQUE
            X-MICROSOFT-CDO-BUSYSTATUS:FREE
            END:VEVENT
            BEGIN:VEVENT
            UID:away
            SUMMARY:Away
            DTSTART;TZID=\"(UTC+10:00) Canberra, Melbourne, Sydney\":20261008T090000
            DTEND;TZID=\"(UTC+10:00) Canberra, Melbourne, Sydney\":20261008T110000
            X-MICROSOFT-CDO-BUSYSTATUS:OOF
            END:VEVENT",
        ),
        &days(date(2026, 10, 1), date(2026, 10, 31)),
    );
    // The clocks go forward on the fourth, and nobody's meeting with them.
    assert_eq!(
        shown(&read)[..4],
        ["2026-10-02 09:00 30", "2026-10-03 09:00 30", "2026-10-04 09:00 30", "2026-10-05 09:00 30"]
    );
    assert_eq!(read.times.len(), 5);
    assert!(!read.times.iter().any(|time| time.title.as_deref() == Some("Free")));
}

#[test]
fn a_calendar_as_apple_writes_it() {
    let read = read_all(
        &calendar(
            "CALSCALE:GREGORIAN
            BEGIN:VEVENT
            CREATED:20260801T000000Z
            UID:6F9B2C1E-0000-4000-8000-000000000001
            DTSTART;TZID=Australia/Perth:20261006T090000
            DTEND;TZID=Australia/Perth:20261006T100000
            RRULE:FREQ=MONTHLY;BYDAY=1TU,-1FR;COUNT=3
            X-APPLE-TRAVEL-ADVISORY-BEHAVIOR:AUTOMATIC
            SEQUENCE:0
            SUMMARY:Call
            BEGIN:VALARM
            X-WR-ALARMUID:6F9B2C1E
            UID:6F9B2C1E
            TRIGGER:-PT15M
            DESCRIPTION:Event reminder
            ACTION:DISPLAY
            END:VALARM
            END:VEVENT",
        ),
        &days(date(2026, 10, 1), date(2026, 12, 31)),
    );
    // Perth is three hours behind Sydney in summer.
    assert_eq!(shown(&read), ["2026-10-06 12:00 60", "2026-10-30 12:00 60", "2026-11-03 12:00 60"]);
}

#[test]
fn how_long_it_takes_is_said_in_many_ways() {
    for (lines, want) in [
        ("DTSTART:20261009T230000Z\nDTEND:20261010T000000Z", "2026-10-10 10:00 60"),
        ("DTSTART;TZID=Australia/Sydney:20261010T100000\nDURATION:PT1H30M", "2026-10-10 10:00 90"),
        ("DTSTART;TZID=Australia/Sydney:20261010T100000\nDURATION:P1D", "2026-10-10 10:00 1440"),
        ("DTSTART;TZID=Australia/Sydney:20261010T100000\nDURATION:P1W", "2026-10-10 10:00 10080"),
        ("DTSTART:20261010T100000\nDTEND:20261010T110000", "2026-10-10 10:00 60"),
        ("DTSTART;VALUE=DATE:20261010", "2026-10-10 00:00 1440"),
        ("DTSTART;VALUE=DATE:20261010\nDTEND;VALUE=DATE:20261010", "2026-10-10 00:00 1440"),
        ("DTSTART;VALUE=DATE:20261010\nDURATION:P2D", "2026-10-10 00:00 2880"),
        // The day on which the clocks go forward is an hour short, and of a day's length only the calendar knows.
        ("DTSTART;VALUE=DATE:20261004", "2026-10-04 00:00 1380"),
        ("DTSTART;TZID=Australia/Sydney:20261003T100000\nDURATION:P1D", "2026-10-03 10:00 1380"),
        ("DTSTART;TZID=Australia/Sydney:20261003T100000\nDURATION:PT24H", "2026-10-03 10:00 1440"),
        // From one zone to another: a flight.
        (
            "DTSTART;TZID=Australia/Sydney:20261010T100000\nDTEND;TZID=Australia/Perth:20261010T120000",
            "2026-10-10 10:00 300",
        ),
    ] {
        assert_eq!(october(lines), [want], "{lines}");
    }
    for nothing in [
        "DTSTART:20261010T100000Z",
        "DTSTART:20261010T100000Z\nDTEND:20261010T100000Z",
        "DTSTART:20261010T100000Z\nDURATION:PT0S",
    ] {
        assert!(october(nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn a_time_that_the_clocks_skip_or_repeat_is_read_as_the_standard_says() {
    // Two in the morning of 4 October doesn't come; it is read as if the clocks were still to go forward.
    assert_eq!(october("DTSTART;TZID=Australia/Sydney:20261004T023000\nDURATION:PT1H"), ["2026-10-04 03:30 60"]);
    // Half past two on 5 April comes twice, and the first is meant.
    let read = read_all(
        &event("DTSTART;TZID=Australia/Sydney:20260405T023000\nDURATION:PT30M"),
        &days(date(2026, 4, 5), date(2026, 4, 5)),
    );
    assert_eq!(read.times[0].from.to_string(), "2026-04-04T15:30:00Z");
}

#[test]
fn zones_are_found_by_the_names_that_calendars_have_for_them() {
    for (zone, want) in [
        ("Australia/Lord_Howe", "2026-10-14 09:00 60"),
        ("Lord Howe Standard Time", "2026-10-14 09:00 60"),
        ("Australia/Adelaide", "2026-10-14 09:30 60"),
        ("Cen. Australia Standard Time", "2026-10-14 09:30 60"),
        ("AUS Central Standard Time", "2026-10-14 10:30 60"),
        ("E. Australia Standard Time", "2026-10-14 10:00 60"),
        ("W. Australia Standard Time", "2026-10-14 12:00 60"),
        ("Tasmania Standard Time", "2026-10-14 09:00 60"),
        ("New Zealand Standard Time", "2026-10-14 07:00 60"),
        ("Etc/UTC", "2026-10-14 20:00 60"),
        ("/freeassociation.sourceforge.net/Australia/Perth", "2026-10-14 12:00 60"),
        ("/mozilla.org/20050126_1/Australia/Perth", "2026-10-14 12:00 60"),
    ] {
        let lines = format!("DTSTART;TZID={zone}:20261014T090000\nDURATION:PT1H");
        let read = read_all(&event(&lines), &days(date(2026, 10, 1), date(2026, 10, 31)));
        assert_eq!(shown(&read), [want], "{zone}");
    }
    let read = read_all(
        &event("DTSTART;TZID=Nowhere/Land:20261014T090000\nDURATION:PT1H"),
        &days(date(2026, 10, 1), date(2026, 10, 31)),
    );
    assert_eq!((shown(&read), read.unknown_zones), (vec!["2026-10-14 09:00 60".to_owned()], 1));
}

#[test]
fn a_zone_that_only_the_file_knows_keeps_its_own_rules() {
    let file = |day: &str| {
        calendar(&format!(
            "BEGIN:VTIMEZONE
            TZID:Customized Time Zone
            BEGIN:STANDARD
            DTSTART:16010101T030000
            TZOFFSETFROM:+1030
            TZOFFSETTO:+0930
            RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=4
            END:STANDARD
            BEGIN:DAYLIGHT
            DTSTART:16010101T020000
            TZOFFSETFROM:+0930
            TZOFFSETTO:+1030
            RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=10
            END:DAYLIGHT
            END:VTIMEZONE
            BEGIN:VTIMEZONE
            TZID:Fixed
            BEGIN:STANDARD
            DTSTART:16010101T000000
            TZOFFSETFROM:+0800
            TZOFFSETTO:+0800
            END:STANDARD
            END:VTIMEZONE
            BEGIN:VEVENT
            UID:a
            DTSTART;TZID=Customized Time Zone:{day}T090000
            DURATION:PT1H
            END:VEVENT
            BEGIN:VEVENT
            UID:b
            DTSTART;TZID=Fixed:{day}T090000
            DURATION:PT1H
            END:VEVENT"
        ))
    };
    let read = read_all(&file("20260714"), &days(date(2026, 7, 1), date(2026, 7, 31)));
    assert_eq!(
        (shown(&read), read.unknown_zones),
        (vec!["2026-07-14 09:30 60".into(), "2026-07-14 11:00 60".into()], 0)
    );
    let read = read_all(&file("20261114"), &days(date(2026, 11, 1), date(2026, 11, 30)));
    assert_eq!(shown(&read), ["2026-11-14 09:30 60", "2026-11-14 12:00 60"]);
}

#[test]
fn floating_times_and_days_are_in_the_file_s_own_zone() {
    let read = read_all(
        &calendar(
            "X-WR-TIMEZONE:Australia/Perth
            BEGIN:VEVENT
            UID:a
            DTSTART:20261014T090000
            DTEND:20261014T100000
            END:VEVENT
            BEGIN:VEVENT
            UID:b
            DTSTART;VALUE=DATE:20261015
            END:VEVENT",
        ),
        &days(date(2026, 10, 1), date(2026, 10, 31)),
    );
    assert_eq!(shown(&read), ["2026-10-14 12:00 60", "2026-10-15 03:00 1440"]);
}

#[test]
fn rules_of_every_kind() {
    let at = |days: &[i8]| days.iter().map(|day| format!("2026-10-{day:02} 09:00 60")).collect::<Vec<_>>();
    let rule = |start: &str, rule: &str| {
        october(&format!(
            "DTSTART;TZID=Australia/Sydney:{start}T090000\nDTEND;TZID=Australia/Sydney:{start}T100000\n{rule}"
        ))
    };
    for (start, says, want) in [
        ("20261005", "RRULE:FREQ=DAILY;COUNT=3", at(&[5, 6, 7])),
        ("20261005", "RRULE:FREQ=DAILY;INTERVAL=10", at(&[5, 15, 25])),
        ("20261005", "RRULE:FREQ=DAILY;UNTIL=20261007", at(&[5, 6, 7])),
        ("20261005", "RRULE:FREQ=DAILY;UNTIL=20261006T220000Z", at(&[5, 6, 7])),
        ("20261005", "RRULE:FREQ=DAILY;UNTIL=20261006T215959Z", at(&[5, 6])),
        // From long ago, without an end and with one that is counted.
        ("20100104", "RRULE:FREQ=WEEKLY", at(&[5, 12, 19, 26])),
        ("20100105", "RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE", at(&[5, 7, 19, 21])),
        ("20260928", "RRULE:FREQ=WEEKLY;COUNT=3", at(&[5, 12])),
        // RFC 5545's own example: which week is every other one hangs on the day that weeks begin with.
        ("20260929", "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", at(&[4, 13, 18])),
        ("20260929", "RRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", at(&[11, 13, 25])),
        ("20260115", "RRULE:FREQ=MONTHLY", at(&[15])),
        ("20260131", "RRULE:FREQ=MONTHLY;BYMONTHDAY=-1", at(&[31])),
        ("20260101", "RRULE:FREQ=MONTHLY;BYMONTHDAY=1,15,-2", at(&[1, 15, 30])),
        ("20260109", "RRULE:FREQ=MONTHLY;BYDAY=2FR", at(&[9])),
        ("20260130", "RRULE:FREQ=MONTHLY;BYDAY=-1FR", at(&[30])),
        ("20260113", "RRULE:FREQ=MONTHLY;BYDAY=TU;BYMONTHDAY=13", at(&[13])),
        ("20260130", "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1", at(&[30])),
        ("20260101", "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=1,2", at(&[1, 2])),
        ("20201010", "RRULE:FREQ=YEARLY", at(&[10])),
        ("20201006", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1TU", at(&[6])),
        ("20211010", "RRULE:FREQ=YEARLY;BYYEARDAY=283", at(&[10])),
        ("20201005", "RRULE:FREQ=YEARLY;BYWEEKNO=41;BYDAY=MO", at(&[5])),
        ("20261005", "RDATE;TZID=Australia/Sydney:20261008T090000,20261020T090000", at(&[5, 8, 20])),
        ("20261005", "RRULE:FREQ=DAILY;COUNT=4\nEXDATE:20261005T220000Z", at(&[5, 7, 8])),
        ("20261005", "RRULE:FREQ=DAILY;COUNT=4\nEXDATE;VALUE=DATE:20261006,20261007", at(&[5, 8])),
        ("20261005", "RRULE:FREQ=DAILY;COUNT=4\nEXRULE:FREQ=DAILY;INTERVAL=2", at(&[6, 8])),
    ] {
        assert_eq!(rule(start, says), want, "{start} {says}");
    }
    assert_eq!(
        rule("20261005", "RRULE:FREQ=HOURLY;INTERVAL=4;COUNT=3"),
        ["2026-10-05 09:00 60", "2026-10-05 13:00 60", "2026-10-05 17:00 60"]
    );
    for by_the_clock in [
        "RRULE:FREQ=MINUTELY;INTERVAL=240;COUNT=3",
        "RRULE:FREQ=SECONDLY;INTERVAL=14400;COUNT=3",
        "RRULE:FREQ=MINUTELY;INTERVAL=60;BYHOUR=9,13,17;UNTIL=20261005T130000Z",
        "RRULE:FREQ=MINUTELY;BYHOUR=9,13,17;BYMINUTE=0;BYDAY=MO;BYMONTHDAY=5,-1;BYMONTH=10;BYYEARDAY=278",
    ] {
        assert_eq!(
            rule("20261005", by_the_clock),
            ["2026-10-05 09:00 60", "2026-10-05 13:00 60", "2026-10-05 17:00 60"],
            "{by_the_clock}"
        );
    }
    // From a minute of years ago that isn't a whole day's away.
    assert_eq!(
        october(
            "DTSTART:20100101T000700Z\nDURATION:PT1M\nRRULE:FREQ=MINUTELY;INTERVAL=50;BYMONTH=10;BYMONTHDAY=10;BYHOUR=0,1"
        ),
        days_by_hand(),
    );
    assert_eq!(
        rule("20261005", "RRULE:FREQ=DAILY;BYHOUR=9,15;BYMINUTE=0,30;COUNT=3"),
        ["2026-10-05 09:00 60", "2026-10-05 09:30 60", "2026-10-05 15:00 60"]
    );
    assert_eq!(
        rule("20261005", "RDATE;VALUE=PERIOD:20261007T220000Z/PT2H,20261008T220000Z/20261008T223000Z"),
        ["2026-10-05 09:00 60", "2026-10-08 09:00 120", "2026-10-09 09:00 30"]
    );
}

/// Every 50 minutes from seven past midnight on 1 January 2010, those in the first two hours of 10 October 2026, all in UTC.
fn days_by_hand() -> Vec<String> {
    let second = |reading: DateTime| reading.to_zoned(TimeZone::UTC).unwrap().timestamp().as_second();
    let begun = second(date(2010, 1, 1).at(0, 7, 0, 0));
    let day = second(date(2026, 10, 10).at(0, 0, 0, 0));
    (day..day + 2 * 3600)
        .step_by(60)
        .filter(|at| (at - begun) % 3000 == 0)
        .map(|at| Timestamp::from_second(at).unwrap().to_zoned(sydney()).strftime("%Y-%m-%d %H:%M 1").to_string())
        .collect()
}

#[test]
fn what_one_time_is_instead_replaces_it() {
    let series = |more: &str| {
        calendar(&format!(
            "BEGIN:VEVENT
            UID:a
            DTSTART;TZID=Australia/Sydney:20261005T090000
            DTEND;TZID=Australia/Sydney:20261005T100000
            RRULE:FREQ=WEEKLY;COUNT=4
            END:VEVENT
            {more}"
        ))
    };
    let read = |more: &str| shown(&read_all(&series(more), &days(date(2026, 10, 1), date(2026, 10, 31))));
    let all = ["2026-10-05 09:00 60", "2026-10-12 09:00 60", "2026-10-19 09:00 60", "2026-10-26 09:00 60"];
    assert_eq!(read("BEGIN:VJOURNAL\nUID:x\nEND:VJOURNAL"), all);
    // Cancelled, however the time is named.
    for named in [
        "RECURRENCE-ID:20261011T220000Z",
        "RECURRENCE-ID;TZID=Australia/Sydney:20261012T090000",
        "RECURRENCE-ID;VALUE=DATE:20261012",
    ] {
        let gone = format!(
            "BEGIN:VEVENT\nUID:a\n{named}\nDTSTART:20261011T220000Z\nDURATION:PT1H\nSTATUS:CANCELLED\nEND:VEVENT"
        );
        assert_eq!(read(&gone), [all[0], all[2], all[3]], "{named}");
    }
    // Another's has nothing to do with it.
    let other = "BEGIN:VEVENT\nUID:b\nRECURRENCE-ID:20261011T220000Z\nDTSTART:20261011T220000Z\nDURATION:PT1H\nSTATUS:CANCELLED\nEND:VEVENT";
    assert_eq!(read(other), all);
    // From then on an hour later, and half as long; and before that, one is moved out of sight.
    let later = "BEGIN:VEVENT
        UID:a
        RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Australia/Sydney:20261019T090000
        DTSTART;TZID=Australia/Sydney:20261020T100000
        DTEND;TZID=Australia/Sydney:20261020T103000
        END:VEVENT
        BEGIN:VEVENT
        UID:a
        RECURRENCE-ID;TZID=Australia/Sydney:20261005T090000
        DTSTART;TZID=Australia/Sydney:20261105T090000
        DTEND;TZID=Australia/Sydney:20261105T100000
        END:VEVENT";
    assert_eq!(read(later), [all[1], "2026-10-20 10:00 30", "2026-10-27 10:00 30"]);
    // From then on never.
    let ended = "BEGIN:VEVENT
        UID:a
        RECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Australia/Sydney:20261019T090000
        DTSTART;TZID=Australia/Sydney:20261019T090000
        DURATION:PT1H
        STATUS:CANCELLED
        END:VEVENT";
    assert_eq!(read(ended), [all[0], all[1]]);
}

#[test]
fn what_reaches_into_the_time_that_is_asked_for_counts() {
    let window = days(date(2026, 10, 10), date(2026, 10, 10));
    for (lines, seen) in [
        ("DTSTART;TZID=Australia/Sydney:20261009T230000\nDURATION:PT2H", true),
        ("DTSTART;TZID=Australia/Sydney:20261009T220000\nDURATION:PT2H", false),
        ("DTSTART;TZID=Australia/Sydney:20261010T233000\nDURATION:PT2H", true),
        ("DTSTART;TZID=Australia/Sydney:20261011T000000\nDURATION:PT2H", false),
        ("DTSTART;VALUE=DATE:20261001\nDTEND;VALUE=DATE:20261031", true),
        ("DTSTART;VALUE=DATE:20200925\nDTEND;VALUE=DATE:20201020\nRRULE:FREQ=YEARLY", true),
    ] {
        assert_eq!(read_all(&event(lines), &window).times.len(), usize::from(seen), "{lines}");
    }
}

#[test]
fn a_list_of_busy_times_is_read_as_one() {
    let read = read_all(
        &calendar(
            "BEGIN:VFREEBUSY
            UID:a
            FREEBUSY;FBTYPE=BUSY:20261004T220000Z/20261004T230000Z,20261005T220000Z/PT30M
            FREEBUSY;FBTYPE=FREE:20261006T220000Z/PT30M
            FREEBUSY:20261007T220000Z/PT30M
            END:VFREEBUSY",
        ),
        &days(date(2026, 10, 1), date(2026, 10, 31)),
    );
    assert_eq!(shown(&read), ["2026-10-05 09:00 60", "2026-10-06 09:00 30", "2026-10-08 09:00 30"]);
}

#[test]
fn what_is_broken_is_left_out_and_counted() {
    let good = "BEGIN:VEVENT\nUID:good\nDTSTART:20261004T220000Z\nDURATION:PT1H\nEND:VEVENT";
    for bad in [
        "BEGIN:VEVENT\nUID:bad\nSUMMARY:no start\nEND:VEVENT",
        "BEGIN:VEVENT\nUID:bad\nDTSTART:20261399T220000Z\nDURATION:PT1H\nEND:VEVENT",
        "BEGIN:VEVENT\nUID:bad\nDTSTART:tomorrow\nDURATION:PT1H\nEND:VEVENT",
        "BEGIN:VEVENT\nUID:bad\nDTSTART:20261004T220000Z\nDTEND:20261003T220000Z\nEND:VEVENT",
        "BEGIN:VEVENT\nUID:bad\nDTSTART:20261004T220000Z\nDURATION:-PT1H\nEND:VEVENT",
    ] {
        let read = read_all(&calendar(&format!("{bad}\n{good}")), &days(date(2026, 10, 1), date(2026, 10, 31)));
        assert_eq!((shown(&read), read.skipped), (vec!["2026-10-05 09:00 60".to_owned()], 1), "{bad}");
    }
    // A rule that can't be followed leaves the time that is certain.
    for rule in [
        "FREQ=MINUTELY;BYSETPOS=1;BYHOUR=9",
        "FREQ=DAILY;BYWEEKNO=3",
        "FREQ=WEEKLY;BYMONTHDAY=5",
        "FREQ=DAILY;RSCALE=HEBREW",
    ] {
        let read = read_all(
            &event(&format!("DTSTART:20261004T220000Z\nDURATION:PT1H\nRRULE:{rule}")),
            &days(date(2026, 10, 1), date(2026, 10, 31)),
        );
        assert_eq!((shown(&read), read.skipped), (vec!["2026-10-05 09:00 60".to_owned()], 1), "{rule}");
    }
}

#[test]
fn what_we_told_a_calendar_of_is_left_out() {
    let asked = Asked { except: ".0192@".to_owned(), ..days(date(2026, 10, 1), date(2026, 10, 31)) };
    let file = calendar(
        "BEGIN:VEVENT\nUID:7.0192@app.example.com\nDTSTART:20261004T220000Z\nDURATION:PT1H\nEND:VEVENT
        BEGIN:VEVENT\nUID:7.0193@app.example.com\nDTSTART:20261005T220000Z\nDURATION:PT1H\nEND:VEVENT",
    );
    assert_eq!(shown(&read_all(&file, &asked)), ["2026-10-06 09:00 60"]);
}

#[test]
fn a_file_is_read_within_bounds() {
    let october = days(date(2026, 10, 1), date(2026, 10, 31));
    assert_eq!(busy(&vec![b' '; MOST_BYTES + 1], &october), Err(Unreadable::TooLarge));
    for (other, why) in [
        ("", Unreadable::NotACalendar),
        ("<!doctype html><title>Log in</title>", Unreadable::WebPage),
        ("\u{feff}\n<?xml version=\"1.0\"?><HTML lang=en>", Unreadable::WebPage),
        ("{\"error\":\"no\"}", Unreadable::NotACalendar),
    ] {
        assert_eq!(busy(other.as_bytes(), &october), Err(why));
    }
    let many = calendar(&"BEGIN:VEVENT\nEND:VEVENT\n".repeat(MOST_PARTS));
    assert_eq!(busy(many.as_bytes(), &october), Err(Unreadable::TooMany));
    // One that ends in its middle may have gone on.
    let whole = event("DTSTART:20261004T220000Z\nDURATION:PT1H");
    let cut = whole.split("END:VEVENT").next().unwrap();
    let read = read_all(cut, &october);
    assert!(read.cut_short);
    assert_eq!(read.times.len(), 1);
    // So may a series that never rests.
    let endless = event("DTSTART:20200101T000000Z\nDURATION:PT10M\nRRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40,50");
    let read = read_all(&endless, &days(date(2026, 1, 1), date(2026, 12, 31)));
    assert!(read.cut_short);
    assert!(read.times.len() > MOST_TIMES / 2 && read.times.len() <= MOST_TIMES);
}

#[test]
fn rules_that_come_to_nothing_don_t_hold_anybody_up() {
    let hostile: Vec<String> = (0..300)
        .map(|number| {
            let rule = [
                "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
                "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=31",
                "FREQ=YEARLY;BYYEARDAY=366;INTERVAL=1;BYMONTH=1",
                "FREQ=SECONDLY;BYMONTH=2;BYMONTHDAY=30",
                "FREQ=SECONDLY",
            ][number % 5];
            format!("BEGIN:VEVENT\nUID:{number}\nDTSTART:19000101T000000Z\nDURATION:PT1H\nRRULE:{rule}\nEND:VEVENT\n")
        })
        .collect();
    let begun = std::time::Instant::now();
    let _ = busy(calendar(&hostile.concat()).as_bytes(), &days(date(2026, 10, 1), date(2026, 10, 31)));
    assert!(begun.elapsed() < std::time::Duration::from_mins(1), "{:?}", begun.elapsed());
}

/// A rule, and what it means by the standard's own words.
#[derive(Debug, Clone)]
struct Plain {
    every: Every,
    interval: i32,
    ends: Ends,
}

#[derive(Debug, Clone)]
enum Every {
    Day(Vec<usize>),
    Week(Vec<usize>, usize),
    MonthOn(Vec<i8>),
    MonthBy(i8, usize),
}

#[derive(Debug, Clone)]
enum Ends {
    Never,
    After(usize),
    Until(i32),
}

const WEEKDAYS: [&str; 7] = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"];

fn weekday(date: Date) -> usize {
    usize::try_from(date.weekday().to_monday_zero_offset()).unwrap()
}

fn day_number(date: Date) -> i32 {
    self::date(1970, 1, 1).until(date).unwrap().get_days()
}

impl Plain {
    fn text(&self, start: Date) -> String {
        let names = |days: &[usize]| days.iter().map(|day| WEEKDAYS[*day]).collect::<Vec<_>>().join(",");
        let mut text = match &self.every {
            Every::Day(days) if days.is_empty() => "FREQ=DAILY".to_owned(),
            Every::Day(days) => format!("FREQ=DAILY;BYDAY={}", names(days)),
            Every::Week(days, first) => format!("FREQ=WEEKLY;BYDAY={};WKST={}", names(days), WEEKDAYS[*first]),
            Every::MonthOn(days) => {
                let days: Vec<String> = days.iter().map(ToString::to_string).collect();
                format!("FREQ=MONTHLY;BYMONTHDAY={}", days.join(","))
            }
            Every::MonthBy(nth, day) => format!("FREQ=MONTHLY;BYDAY={nth}{}", WEEKDAYS[*day]),
        };
        text.push_str(&[";INTERVAL=", &self.interval.to_string()].concat());
        match self.ends {
            Ends::Never => {}
            Ends::After(count) => text.push_str(&[";COUNT=", &count.to_string()].concat()),
            Ends::Until(days) => {
                text.push_str(&start.saturating_add(days.days()).strftime(";UNTIL=%Y%m%d").to_string());
            }
        }
        text
    }

    /// Whether a day is of the kind that the rule names, in whatever period.
    fn fits(&self, date: Date) -> bool {
        match &self.every {
            Every::Day(days) => days.is_empty() || days.contains(&weekday(date)),
            Every::Week(days, _) => days.contains(&weekday(date)),
            Every::MonthOn(days) => {
                days.contains(&date.day()) || days.contains(&(date.day() - date.days_in_month() - 1))
            }
            Every::MonthBy(nth, day) => {
                let (from_front, from_back) =
                    ((date.day() - 1) / 7 + 1, -((date.days_in_month() - date.day()) / 7 + 1));
                weekday(date) == *day && (*nth == from_front || *nth == from_back)
            }
        }
    }

    /// Whether it is a period of the rule's.
    fn is_due(&self, start: Date, date: Date) -> bool {
        let periods = match &self.every {
            Every::Day(_) => day_number(date) - day_number(start),
            Every::Week(_, first) => {
                // 1 January 1970 was a Thursday.
                let week = |date| (day_number(date) + 3 - i32::try_from(*first).unwrap()).div_euclid(7);
                week(date) - week(start)
            }
            Every::MonthOn(_) | Every::MonthBy(..) => {
                let month = |date: Date| i32::from(date.year()) * 12 + i32::from(date.month());
                month(date) - month(start)
            }
        };
        periods % self.interval == 0
    }

    fn days(&self, start: Date, until: Date) -> Vec<Date> {
        let mut days = Vec::new();
        let mut date = start;
        while date <= until {
            let over = match self.ends {
                Ends::Never => false,
                Ends::After(count) => days.len() == count,
                Ends::Until(last) => day_number(date) - day_number(start) > last,
            };
            if over {
                break;
            }
            if self.fits(date) && self.is_due(start, date) {
                days.push(date);
            }
            date = date.tomorrow().unwrap();
        }
        days
    }
}

fn plain() -> impl Strategy<Value = Plain> {
    let days = || proptest::sample::subsequence((0..7).collect::<Vec<usize>>(), 1..=7);
    let every = prop_oneof![
        Just(Every::Day(Vec::new())),
        days().prop_map(Every::Day),
        (days(), 0_usize..7).prop_map(|(days, first)| Every::Week(days, first)),
        proptest::collection::btree_set(prop_oneof![1_i8..=31, -31_i8..=-1], 1..4)
            .prop_map(|days| Every::MonthOn(days.into_iter().collect())),
        (prop_oneof![1_i8..=4, -4_i8..=-1], 0_usize..7).prop_map(|(nth, day)| Every::MonthBy(nth, day)),
    ];
    let ends =
        prop_oneof![Just(Ends::Never), (1_usize..200).prop_map(Ends::After), (0_i32..2000).prop_map(Ends::Until),];
    (every, 1_i32..6, ends).prop_map(|(every, interval, ends)| Plain { every, interval, ends })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn rules_mean_what_the_standard_says(rule in plain(), base in 0_i32..4000, after in 0_i32..3000, length in 1_i32..200) {
        // What begins on a day that isn't the rule's own is left open by the standard.
        let mut start = date(2016, 1, 1).saturating_add(base.days());
        while !rule.fits(start) {
            start = start.tomorrow().unwrap();
        }
        let from = start.saturating_add(after.days());
        let until = from.saturating_add(length.days());
        let lines = format!(
            "DTSTART;TZID=Australia/Sydney:{0}T090000\nDTEND;TZID=Australia/Sydney:{0}T100000\nRRULE:{1}",
            start.strftime("%Y%m%d"),
            rule.text(start)
        );
        let read = read_all(&event(&lines), &days(from, until));
        let want: Vec<String> = rule
            .days(start, until)
            .into_iter()
            .filter(|day| *day >= from)
            .map(|day| format!("{day} 09:00 60"))
            .collect();
        prop_assert_eq!(shown(&read), want, "{}", lines);
        prop_assert_eq!((read.skipped, read.cut_short), (0, false));
    }

    #[test]
    fn no_file_breaks_the_reader(lines in proptest::collection::vec(line(), 0..60)) {
        let asked = days(date(2026, 10, 1), date(2026, 10, 31));
        let file = format!("BEGIN:VCALENDAR\r\n{}", lines.join("\r\n"));
        if let Ok(read) = busy(file.as_bytes(), &asked) {
            prop_assert!(read.times.len() <= MOST_TIMES);
            prop_assert!(read.times.is_sorted());
            for time in &read.times {
                prop_assert!(time.from < time.until && time.until > asked.from && time.from < asked.until);
            }
        }
    }

    #[test]
    fn no_bytes_break_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400), at in 0_usize..900) {
        let whole = event("DTSTART;TZID=Australia/Sydney:20261005T090000\nDTEND;TZID=Australia/Sydney:20261005T100000\nRRULE:FREQ=WEEKLY;BYDAY=MO\nEXDATE:20261005T220000Z").into_bytes();
        let at = at.min(whole.len());
        let file = [&whole[..at], &bytes, &whole[at..]].concat();
        let _ = busy(&file, &days(date(2026, 10, 1), date(2026, 10, 31)));
    }
}

/// Lines of calendars, in no order, some of them broken.
fn line() -> impl Strategy<Value = String> {
    let part = proptest::sample::select(vec![
        "VEVENT",
        "VTIMEZONE",
        "STANDARD",
        "DAYLIGHT",
        "VALARM",
        "VFREEBUSY",
        "VCALENDAR",
        "X-ODD",
    ]);
    let moment = prop_oneof![
        (2020_i32..2030, 0_i32..14, 0_i32..33).prop_map(|(year, month, day)| format!("{year:04}{month:02}{day:02}")),
        (2020_i32..2030, 1_i32..13, 1_i32..29, 0_i32..26, 0_i32..62).prop_map(
            |(year, month, day, hour, minute)| format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}00Z")
        ),
        Just("20261005T090000".to_owned()),
        "[0-9TZ]{0,16}",
    ];
    let name = proptest::sample::select(vec![
        "DTSTART",
        "DTEND",
        "RECURRENCE-ID",
        "RECURRENCE-ID;RANGE=THISANDFUTURE",
        "EXDATE",
        "RDATE",
        "DTSTART;VALUE=DATE",
        "DTSTART;TZID=Australia/Sydney",
        "RDATE;VALUE=PERIOD",
        "FREEBUSY",
    ]);
    let rule = proptest::collection::vec(
        proptest::sample::select(vec![
            "FREQ=DAILY",
            "FREQ=WEEKLY",
            "FREQ=MONTHLY",
            "FREQ=YEARLY",
            "FREQ=HOURLY",
            "FREQ=SECONDLY",
            "COUNT=3",
            "COUNT=0",
            "INTERVAL=0",
            "INTERVAL=65535",
            "BYDAY=MO,-1FR",
            "BYDAY=99XX",
            "BYMONTHDAY=-31,31",
            "BYSETPOS=-1",
            "BYMONTH=2",
            "BYYEARDAY=366",
            "BYWEEKNO=53",
            "UNTIL=20270101",
            "WKST=SU",
            "BYHOUR=24",
            "",
        ]),
        0..6,
    );
    prop_oneof![
        part.clone().prop_map(|part| format!("BEGIN:{part}")),
        part.prop_map(|part| format!("END:{part}")),
        (name, moment).prop_map(|(name, moment)| format!("{name}:{moment}")),
        rule.prop_map(|parts| format!("RRULE:{}", parts.join(";"))),
        Just("UID:a".to_owned()),
        Just("STATUS:CANCELLED".to_owned()),
        Just("TZID:Australia/Sydney".to_owned()),
        Just("TZOFFSETTO:+9999".to_owned()),
        "DURATION:-?P[0-9]{0,9}[WDTHMS]{0,3}[0-9]{0,9}[HMS]?",
        any::<String>(),
    ]
}
