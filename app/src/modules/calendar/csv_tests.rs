use encoding_rs::WINDOWS_1252;
use jiff::civil::date;
use proptest::prelude::*;

use super::*;
use crate::modules::calendar::csv_out;

fn good<R>(sheet: Result<Sheet<R>, Unreadable>) -> Vec<R> {
    let sheet = sheet.unwrap();
    assert_eq!(sheet.problems, []);
    sheet.rows
}

/// "line, column: message" of each problem.
fn problems<R>(sheet: Result<Sheet<R>, Unreadable>) -> Vec<String> {
    let sheet = sheet.unwrap();
    sheet.problems.iter().map(|problem| format!("{}, {}: {}", problem.line, problem.column, problem.message)).collect()
}

fn at(day: i8, hour: i8, minute: i8) -> When {
    When::Local(date(2026, 12, day).at(hour, minute, 0, 0))
}

#[test]
fn clients_as_other_products_export_them() {
    let one = Client {
        line: 2,
        name: "Mia Nguyen".to_owned(),
        email: "mia@example.com".to_owned(),
        phone: "0400 000 000".to_owned(),
        ..Client::default()
    };
    for file in [
        "Name,Email,Phone\nMia Nguyen,mia@example.com,0400 000 000\n",
        "First Name,Last Name,Email Address,Mobile Number\nMia,Nguyen,mia@example.com,0400 000 000\n",
        "\u{feff}\"Surname\";\"First name\";\"E-mail\";\"Mobile\"\r\n\"Nguyen\";\"Mia\";\"mia@example.com\";\"0400 000 000\"\r\n",
        "sep=;\r\nEMAIL;FULL NAME;TELEPHONE\r\nmia@example.com;Mia Nguyen;0400 000 000\r\n",
        "Client Name\tClient Email\tClient Phone\nMia Nguyen\tmia@example.com\t0400 000 000\n",
        "name,email,mobile,phone\n  Mia   Nguyen ,mia@example.com,0400 000 000,02 9000 0000\n",
        "name,email,mobile,phone\nMia Nguyen,mia@example.com,,0400 000 000\n",
        "name,email,phone\n\n,,\nMia Nguyen,mia@example.com,'0400 000 000",
    ] {
        let mut rows = good(clients(file.as_bytes()));
        assert_eq!(rows.len(), 1, "{file}");
        rows[0].line = 2;
        assert_eq!(rows[0], one, "{file}");
    }
    let file = "Name,Notes,Tags,Marketing Consent,Colour\n\"Ng, Mia\",\"Likes \"\"short\"\"\nand red\",\"vip, Colour; VIP\",Yes,red\nZoë,,,no,\nBo,,,,\n";
    let sheet = clients(file.as_bytes()).unwrap();
    assert_eq!(sheet.ignored, ["Colour"]);
    assert_eq!(sheet.rows[0].name, "Ng, Mia");
    assert_eq!(sheet.rows[0].notes, "Likes \"short\"\nand red");
    assert_eq!(sheet.rows[0].tags, ["vip", "Colour"]);
    assert_eq!(sheet.rows.iter().map(|row| row.consent).collect::<Vec<_>>(), [Some(true), Some(false), None]);
    // A row of several lines is where it begins.
    assert_eq!(sheet.rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4, 5]);
}

#[test]
fn files_of_every_encoding() {
    let text = "Name,Email\nZoë Ångström,zoe@example.com\n";
    let windows = WINDOWS_1252.encode(text).0.into_owned();
    let little: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    for file in [text.as_bytes(), &windows, &little, &big] {
        assert_eq!(good(clients(file))[0].name, "Zoë Ångström");
    }
    // A workbook, saved as one.
    assert_eq!(clients(b"PK\x03\x04\x14\x00\x06\x00\x08\x00\x00\x00!\x00").unwrap_err(), Unreadable::NotText);
}

#[test]
fn somebody_without_a_name_is_called_by_how_they_are_reached() {
    let rows = good(clients(b"Name,Email,Phone\n,a@example.com,\n,,0400 000 000\n"));
    assert_eq!(rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["a@example.com", "0400 000 000"]);
    // A spreadsheet takes a number for one, and eats its nought.
    assert_eq!(good(clients(b"Name,Phone\nA,400000000\n"))[0].phone, "0400000000");
}

#[test]
fn what_is_wrong_is_named_and_the_rest_is_read() {
    let file = "Name,Email,Phone,Consent,Notes\nA,nonsense,0400 000 000,yes,\nB,b@example.com,ring me,yes,\nC,c@example.com,,maybe,\n,,,,only notes\nE,e@example.com,,,\nF,f@example.com,,,hello, you\n";
    assert_eq!(
        problems(clients(file.as_bytes())),
        [
            "2, Email: Enter one email address like mia@example.com.",
            "3, Phone: Enter a phone number like 0400 000 000.",
            "4, Consent: Enter yes or no.",
            "5, Name: Enter a name.",
            "7, : “you” is in no column. A text with a comma in it has to stand in quotes.",
        ]
    );
    assert_eq!(clients(file.as_bytes()).unwrap().rows.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["E"]);
}

#[test]
fn what_can_t_be_a_list_is_refused_as_a_whole() {
    assert_eq!(clients(b"").unwrap_err(), Unreadable::Empty);
    assert_eq!(clients(b"Name,Email\n").unwrap_err(), Unreadable::Empty);
    assert_eq!(clients(b"Colour,Size\nred,big\n").unwrap_err(), Unreadable::Missing("Name"));
    assert_eq!(bookings(b"Name,Start\nA,5/12/2026 9:00\n").unwrap_err(), Unreadable::Missing("Service"));
    assert_eq!(bookings(b"Name,Service\nA,Cut\n").unwrap_err(), Unreadable::Missing("Start"));
    assert_eq!(bookings(b"Service,Start\nCut,5/12/2026 9:00\n").unwrap_err(), Unreadable::Missing("Client"));
    let twice = clients(b"Name,Client\nA,B\n").unwrap_err();
    assert_eq!(twice, Unreadable::Twice("Name".to_owned(), "Client".to_owned()));
    let large = clients(&vec![b'a'; LIMITS.bytes() + 1]).unwrap_err();
    assert_eq!(large.to_string(), "That file is larger than 10 MB. Please split it into several.");
    let many = clients(format!("Name\n{}", "A\n".repeat(LIMITS.rows + 1)).as_bytes()).unwrap_err();
    assert_eq!(many.to_string(), "That file has more than 50,000 rows. Please split it into several.");
    let most = format!("Name\n{}", "A\n".repeat(LIMITS.rows));
    assert_eq!(good(clients(most.as_bytes())).len(), LIMITS.rows);
}

#[test]
fn no_more_problems_are_told_than_anybody_reads() {
    let sheet = clients(format!("Name,Email\n{}", "A,b\n".repeat(MOST_PROBLEMS + 7)).as_bytes()).unwrap();
    assert_eq!((sheet.problems.len(), sheet.more_problems), (MOST_PROBLEMS, 7));
}

#[test]
fn bookings_as_other_products_export_them() {
    for (file, starts, ends) in [
        ("Client,Service,Staff,Start,End\nMia,Cut,Bo,5/12/2026 9:00,5/12/2026 9:45\n", at(5, 9, 0), Some(at(5, 9, 45))),
        (
            "Customer;Treatment;Employee;Date;Time;Duration\nMia;Cut;Bo;05/12/2026;9:00 am;45 min\n",
            at(5, 9, 0),
            Some(at(5, 9, 45)),
        ),
        (
            "Name,Appointment Type,Provider,Date,Start Time,End Time\nMia,Cut,Bo,2026-12-05,14:30,15:15\n",
            at(5, 14, 30),
            Some(at(5, 15, 15)),
        ),
        (
            "Name,Service,Stylist,Date,Start,Length\nMia,Cut,Bo,5/12/2026 0:00,2:30pm,1:30\n",
            at(5, 14, 30),
            Some(at(5, 16, 0)),
        ),
        (
            "Name,Service,Staff,Start,Duration\nMia,Cut,Bo,2026-12-05T14:30:00,0:45:00\n",
            at(5, 14, 30),
            Some(at(5, 15, 15)),
        ),
        (
            "Name,Service,Staff,Start,Duration\nMia,Cut,Bo,\"5 Dec 2026, 2:30 pm\",45\n",
            at(5, 14, 30),
            Some(at(5, 15, 15)),
        ),
        ("Name,Service,Staff,Start\nMia,Cut,Bo,Sat 5 December 2026 at 2.30 p.m.\n", at(5, 14, 30), None),
        ("Name,Service,Staff,Start\nMia,Cut,Bo,5-Dec-26 14:30\n", at(5, 14, 30), None),
        ("Name,Service,Staff,Date\nMia,Cut,Bo,5.12.2026 14:30:00\n", at(5, 14, 30), None),
        // Past midnight.
        ("Name,Service,Staff,Date,Start,End\nMia,Cut,Bo,5/12/26,11pm,1am\n", at(5, 23, 0), Some(at(6, 1, 0))),
    ] {
        let rows = good(bookings(file.as_bytes()));
        let row = &rows[0];
        assert_eq!((row.client.as_str(), row.service.as_str(), row.staff.as_str()), ("Mia", "Cut", "Bo"), "{file}");
        assert_eq!((row.starts, row.ends), (starts, ends), "{file}");
    }
    let file = "Name,Service,Start,End,Status,Price\nMia,Cut,2026-12-05T09:00:00+11:00,2026-12-04T23:00:00Z,Canceled,\"$1,085.50\"\nBo,Cut,2026-12-05 09:00,,No Show,free\nAl,Cut,2026-12-05 09:00,,,\n";
    let rows = good(bookings(file.as_bytes()));
    let instant = |text: &str| When::Instant(text.parse().unwrap());
    assert_eq!(
        (rows[0].starts, rows[0].ends),
        (instant("2026-12-04T22:00:00Z"), Some(instant("2026-12-04T23:00:00Z")))
    );
    assert_eq!(
        rows.iter().map(|row| row.status).collect::<Vec<_>>(),
        [Status::Cancelled, Status::NoShow, Status::Booked]
    );
    assert_eq!(rows.iter().map(|row| row.price_cents).collect::<Vec<_>>(), [Some(108_550), Some(0), None]);
}

#[test]
fn a_booking_s_problems_are_named() {
    for (row, want) in [
        ("A,Cut,12/25/2026 9:00,,,", "2, Start: Enter the day before the month, like 25/12/2026."),
        ("A,Cut,31/11/2026 9:00,,,", "2, Start: There is no such day. Enter one like 25/12/2026."),
        ("A,Cut,5/12/1026 9:00,,,", "2, Start: Enter a year between 1900 and 2200."),
        ("A,Cut,5/12/2026,,,", "2, Start: Enter a date and a time like 5/12/2026 2:30 pm."),
        ("A,Cut,5/12/2026 25:00,,,", "2, Start: Enter a date and a time like 5/12/2026 2:30 pm."),
        ("A,Cut,soon,,,", "2, Start: Enter a date and a time like 5/12/2026 2:30 pm."),
        ("A,Cut,,,,", "2, Start: Enter when it begins."),
        ("A,,5/12/2026 9:00,,,", "2, Service: Enter a service."),
        (",Cut,5/12/2026 9:00,,,", "2, Name: Enter who it is for."),
        ("A,Cut,5/12/2026 9:00,5/12/2026 8:00,,", "2, End: It has to end after it begins."),
        ("A,Cut,5/12/2026 9:00,5/12/2027 9:00,,", "2, End: It can take a month at most."),
        (
            "A,Cut,5/12/2026 9:00,2026-12-05T00:00:00Z,,",
            "2, End: Write where it begins and where it ends the same way.",
        ),
        ("A,Cut,5/12/2026 9:00,,perhaps,", "2, Status: Enter booked, cancelled or no-show."),
        ("A,Cut,5/12/2026 9:00,,,lots", "2, Price: Enter dollars like 85 or 85.50."),
        ("A,Cut,5/12/2026 9:00,,,-5", "2, Price: Enter dollars like 85 or 85.50."),
    ] {
        let file = format!("Name,Service,Start,End,Status,Price\n{row}\n");
        assert_eq!(problems(bookings(file.as_bytes())), [want], "{row}");
    }
    let file = "Name,Service,Date,Time,Duration\nA,Cut,tomorrow,9:00,45\nA,Cut,5/12/2026,nine,45\nA,Cut,5/12/2026,9:00,0\nA,Cut,5/12/2026,9:00,long\n";
    assert_eq!(
        problems(bookings(file.as_bytes())),
        [
            "2, Date: Enter a date like 5/12/2026 (the day first) or 2026-12-05.",
            "3, Time: Enter a time like 9:00 am or 14:30.",
            "4, Duration: It has to take between a minute and a month.",
            "5, Duration: Enter a length of time like 45 min, 1 h 30 min or 2 days.",
        ]
    );
}

#[test]
fn formulas_stay_text() {
    let rows = good(clients(b"Name,Notes\n\"=HYPERLINK(\"\"http://evil.example\"\")\",@SUM(A1)\n"));
    assert_eq!(rows[0].name, "=HYPERLINK(\"http://evil.example\")");
    assert_eq!(rows[0].notes, "@SUM(A1)");
    let file = String::from_utf8(csv_out::clients(&rows).unwrap()).unwrap();
    assert!(file.contains("\"'=HYPERLINK(") && file.contains(",'@SUM(A1),"), "{file}");
    // What is harmless is written as it is.
    let plain = Client { name: "Mia O'Neil".to_owned(), phone: "0400 000 000".to_owned(), ..Client::default() };
    let file = String::from_utf8(csv_out::clients([&plain]).unwrap()).unwrap();
    assert!(!file.contains("'0400") && file.contains("Mia O'Neil,,0400 000 000"), "{file}");
}

/// A cell of one line, as it comes back: no space around it, and none twice.
fn cell() -> impl Strategy<Value = String> {
    "['=+@a-zA-Zä,;\"|-]{1,12}( ['=+@a-z,;\"|-]{1,8}){0,2}"
}

fn notes() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "['=+@a-z,;\"-]{1,12}(\n ?['=+@a-z,;\"-]{1,8}){0,3}"]
}

fn phone() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), Just("+61 400 000 000".to_owned()), "04[0-9]{2} [0-9]{3} [0-9]{3}"]
}

fn email() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[a-z]{1,8}@[a-z]{1,8}\\.example", Just("=a@b.example".to_owned())]
}

fn time_of_day() -> impl Strategy<Value = DateTime> {
    (2020_i16..2030, 1_i8..=12, 1_i8..=28, 0_i8..24, 0_i8..60, prop_oneof![Just(0_i8), 0_i8..60])
        .prop_map(|(year, month, day, hour, minute, second)| date(year, month, day).at(hour, minute, second, 0))
}

proptest! {
    #[test]
    fn clients_that_are_written_are_read_back(
        rows in proptest::collection::vec(
            (cell(), email(), phone(), notes(), proptest::collection::btree_set("[a-z=@-]{1,6}", 0..4), any::<Option<bool>>()),
            1..20,
        ),
    ) {
        let written: Vec<Client> = rows
            .into_iter()
            .map(|(name, email, phone, notes, tags, consent)| Client {
                line: 0, name, email, phone, notes, tags: tags.into_iter().collect(), consent,
            })
            .collect();
        let sheet = clients(&csv_out::clients(&written).unwrap()).unwrap();
        prop_assert_eq!(&sheet.problems, &[]);
        let read: Vec<Client> = sheet.rows.into_iter().map(|row| Client { line: 0, ..row }).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn bookings_that_are_written_are_read_back(
        rows in proptest::collection::vec(
            (cell(), email(), phone(), cell(), cell(), (time_of_day(), 1_i64..1440), any::<bool>(), proptest::option::of(0_i64..1_000_000), 0..3, notes()),
            1..20,
        ),
    ) {
        let written: Vec<Booking> = rows
            .into_iter()
            .map(|(client, email, phone, service, staff, (from, minutes), for_all, price_cents, status, notes)| {
                let to = from.checked_add(jiff::SignedDuration::from_mins(minutes)).unwrap();
                let when = |reading: DateTime| {
                    if for_all { When::Instant(reading.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp()) } else { When::Local(reading) }
                };
                let status = [Status::Booked, Status::Cancelled, Status::NoShow][usize::try_from(status).unwrap()];
                Booking { line: 0, client, email, phone, service, staff, starts: when(from), ends: Some(when(to)), status, price_cents, notes }
            })
            .collect();
        let sheet = bookings(&csv_out::bookings(&written).unwrap()).unwrap();
        prop_assert_eq!(&sheet.problems, &[]);
        let read: Vec<Booking> = sheet.rows.into_iter().map(|row| Booking { line: 0, ..row }).collect();
        prop_assert_eq!(read, written);
    }

    #[test]
    fn nothing_in_a_file_panics(bytes in proptest::collection::vec(any::<u8>(), 0..400), text in any::<String>()) {
        let _ = (clients(&bytes), bookings(&bytes));
        for file in [format!("Name,Service,Start,End,Duration,Status,Price\n{text}"), format!("Name;Date;Time;Service\nA;{text};{text};b")] {
            let _ = (clients(file.as_bytes()), bookings(file.as_bytes()));
        }
        let _ = (when(&text), date(2026, 1, 1), super::date(&text), time(&text));
    }
}
