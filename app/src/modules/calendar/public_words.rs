//! The words of the public pages, in English: every text that a client reads there stands here and nowhere else. A further language is
//! another file with the same items.
//!
//! Worded elsewhere is what the dashboard and the letters say, too: dates, lengths and prices in `format`, which days suit somebody who
//! waits in `waitlist`, what is around a page and its fields in `ui`, and why something is refused where it is refused.

#[cfg(feature = "ssr")]
use crate::money::counted;

// On several pages.

/// The way back from a service’s page, a category’s, the team’s and that of packages.
pub const ALL_SERVICES: &str = "All services";
/// The way back from a chosen time, on a service’s page and where a booking is moved.
pub const CHOOSE_ANOTHER_TIME: &str = "Choose another time";
/// The button that books, on a service’s page and for what the waitlist offers.
pub const BOOK_THIS_TIME: &str = "Book this time";
/// The same button while it is sent.
pub const BOOKING: &str = "Booking…";
/// The button in its place where the business has to say yes.
pub const ASK_FOR_THIS_TIME: &str = "Ask for this time";
/// The same button while it is sent.
pub const SENDING: &str = "Sending…";
/// The label of the field that no person sees.
pub const LEAVE_THIS_EMPTY: &str = "Leave this empty";
/// The heading of a booking that was just made.
pub const YOU_ARE_BOOKED: &str = "You’re booked";

/// Below that heading.
pub fn see_you_then(name: &str) -> String {
    format!("See you then, {name}.")
}

/// Before the time of a booking, and the days of somebody who waits.
pub const WHEN: &str = "When";
/// The link to a booking as a file for calendars.
pub const ADD_TO_MY_CALENDAR: &str = "Add to my calendar";
/// The way from a booking to a new one.
pub const BOOK_ANOTHER_TIME: &str = "Book another time";

/// The title of the business’s own page, and above the services of somebody of the team.
pub fn book_with(name: &str) -> String {
    format!("Book with {name}")
}

/// Above the services on the business’s own page, and the name of the page inside another website.
#[cfg(feature = "ssr")]
pub const BOOK_A_TIME: &str = "Book a time";
/// On the picture that goes along where a business’s page is shared.
#[cfg(feature = "ssr")]
pub const BOOK_ONLINE: &str = "Book online";
/// The heading of the team’s page, and the links to it.
#[cfg(feature = "ssr")]
pub const OUR_TEAM: &str = "Our team";
/// The heading of the page of packages, and the link to it.
#[cfg(feature = "ssr")]
pub const PACKAGES: &str = "Packages";
/// The heading of the form to join, its button, and the links to it.
#[cfg(feature = "ssr")]
pub const JOIN_THE_WAITLIST: &str = "Join the waitlist";
/// The label of a field.
#[cfg(feature = "ssr")]
pub const NAME: &str = "Name";
/// The label of a field.
#[cfg(feature = "ssr")]
pub const EMAIL: &str = "Email";
/// The label of a field, and before the business’s number on a booking’s page.
#[cfg(feature = "ssr")]
pub const PHONE: &str = "Phone";
/// Below the phone where the business calls the client.
#[cfg(feature = "ssr")]
pub const WE_CALL_YOU: &str = "We call you on this number.";
/// Before the service, of a booking and of somebody who waits.
#[cfg(feature = "ssr")]
pub const WHAT: &str = "What";
/// Before the lengths to choose from, and the one that is chosen.
#[cfg(feature = "ssr")]
pub const LENGTH: &str = "Length";
/// Before the people to choose from, and the one who is chosen.
#[cfg(feature = "ssr")]
pub const WITH: &str = "With";
/// Before the places to choose from, and the one that is chosen.
#[cfg(feature = "ssr")]
pub const WHERE: &str = "Where";
/// Before the numbers of seats to choose from, and the one that is chosen.
#[cfg(feature = "ssr")]
pub const SEATS: &str = "Seats";
/// Before the price of what is chosen.
#[cfg(feature = "ssr")]
pub const PRICE: &str = "Price";
/// The link from a booking to where it is paid, inside another website and on the waitlist.
#[cfg(feature = "ssr")]
pub const PAY_NOW: &str = "Pay now";

/// The button that leads to Stripe’s page, of a booking and of a package.
#[cfg(feature = "ssr")]
pub fn pay_amount_now(amount: &str) -> String {
    format!("Pay {amount} now")
}

/// The link to a booking, inside another website and on the waitlist.
#[cfg(feature = "ssr")]
pub const SEE_YOUR_BOOKING: &str = "See your booking";
/// The heading of a booking that wasn’t paid in time.
#[cfg(feature = "ssr")]
pub const NOT_PAID_FOR: &str = "This time wasn’t paid for";

/// Above the times where the address asks for later ones.
#[cfg(feature = "ssr")]
pub fn bookings_are_open_until(day: &str) -> String {
    format!("Bookings are open until {day}.")
}

/// A time on the business’s clock, where the client’s shows another.
#[cfg(feature = "ssr")]
pub fn in_zone(when: &str, zone: &str) -> String {
    format!("{when} in {zone}")
}

/// The days of a week: opening hours, the month’s columns, and those that suit somebody who waits.
#[cfg(feature = "ssr")]
pub const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// The same above the month’s columns.
#[cfg(feature = "ssr")]
pub const WEEKDAYS_IN_SHORT: [&str; 7] = ["Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"];

// A service’s page.

/// What search results say of a service without a description.
pub fn about_service(service: &str, business: &str, length: &str, price: &str) -> String {
    format!("Book {service} with {business}: {length}, {price}.")
}

/// Above the fields of the form.
pub const YOUR_DETAILS: &str = "Your details";
/// The first choice where the chosen time was taken meanwhile.
pub const CHOOSE_A_TIME: &str = "Choose a time";
/// The label of that choice.
pub const TIME: &str = "Time";

/// What becomes of what one enters, below the form.
pub fn kept_for_booking(business: &str) -> String {
    format!("Stored encrypted in Australia, and used only by {business} for this booking.")
}

/// Opens the business’s terms.
pub const READ_THE_TERMS: &str = "Read the terms";

/// The label of a choice that can be left out.
pub fn optional(label: &str) -> String {
    format!("{label} (optional)")
}

// What there is to choose before a time, and what the form asks.

/// The choice of whoever is free.
#[cfg(feature = "ssr")]
pub const ANYONE: &str = "Anyone";
/// Above the page whose address asks for a length that can’t be read.
#[cfg(feature = "ssr")]
pub const CHOOSE_A_LENGTH: &str = "Choose one of the lengths on offer.";
/// The same of seats.
#[cfg(feature = "ssr")]
pub const CHOOSE_SEATS: &str = "Choose how many seats you need.";
/// The same of a person.
#[cfg(feature = "ssr")]
pub const CHOOSE_SOMEBODY: &str = "Choose somebody who offers this.";
/// The label of a field, where the business comes to the client.
#[cfg(feature = "ssr")]
pub const YOUR_ADDRESS: &str = "Your address";
/// The label of a field.
#[cfg(feature = "ssr")]
pub const PACKAGE_CODE: &str = "Package code";

/// Below that field.
#[cfg(feature = "ssr")]
pub fn package_hint(address: &str) -> String {
    format!("Where you have a package: its email has the code. Packages are at {address}.")
}

/// The label of the field for notes.
#[cfg(feature = "ssr")]
pub const ANYTHING_WE_SHOULD_KNOW: &str = "Anything we should know";

/// The label of a box to tick.
#[cfg(feature = "ssr")]
pub fn accept_terms(business: &str) -> String {
    format!("I accept the terms of {business}")
}

/// The label of a box to tick.
#[cfg(feature = "ssr")]
pub fn may_send_news(business: &str) -> String {
    format!("{business} may send me news and offers")
}

/// The label of the choice of how many weeks.
#[cfg(feature = "ssr")]
pub const HOW_OFTEN: &str = "How often";
/// The first of its choices.
#[cfg(feature = "ssr")]
pub const JUST_THIS_ONCE: &str = "Just this once";

/// The others.
#[cfg(feature = "ssr")]
pub fn each_week(times: i64) -> String {
    format!("Each week, {times} times")
}

/// The label of a box to tick.
#[cfg(feature = "ssr")]
pub const LEAVE_OUT_WEEKS: &str = "Leave out weeks in which this time isn’t free";
/// The first choice of a question of the business’s own.
#[cfg(feature = "ssr")]
pub const CHOOSE_ONE: &str = "Choose one";
/// Above a form that was sent as programs do.
#[cfg(feature = "ssr")]
pub const TOO_QUICK: &str = "That was too quick for us. Please press the button once more.";
/// In a form without JavaScript while very many try to book.
#[cfg(feature = "ssr")]
pub const VERY_MANY_BOOKINGS: &str = "Very many bookings are being sent here at the moment. Without JavaScript we take one a minute from each place, so yours may have to wait for its turn.";

/// After it.
#[cfg(feature = "ssr")]
pub fn if_urgent(phone: &str) -> String {
    if phone.is_empty() {
        "If it is urgent, please call.".to_owned()
    } else {
        format!("If it is urgent, please call {phone}.")
    }
}

/// Below a time that is held.
#[cfg(feature = "ssr")]
pub fn held_until(time: &str) -> String {
    format!("Held for you until {time}.")
}

/// The price of a service that takes several at once.
#[cfg(feature = "ssr")]
pub fn per_seat(price: &str) -> String {
    format!("{price} each")
}

/// The prices of a service whose shortest length costs nothing.
#[cfg(feature = "ssr")]
pub fn from_free_to(price: &str) -> String {
    format!("Free – {price}")
}

/// The price of a service with several lengths.
#[cfg(feature = "ssr")]
pub fn from_price(price: &str) -> String {
    format!("From {price}")
}

/// The same of one that takes several at once.
#[cfg(feature = "ssr")]
pub fn from_price_per_seat(price: &str) -> String {
    format!("From {price} each")
}

/// Where it is, as long as the business doesn’t say it in words of its own.
#[cfg(feature = "ssr")]
pub const AT_OUR_ADDRESS: &str = "At our address";
/// The same, by phone.
#[cfg(feature = "ssr")]
pub const BY_OUR_CALL: &str = "We call you";
/// The same, the other way round.
#[cfg(feature = "ssr")]
pub const BY_YOUR_CALL: &str = "You call us";
/// The same.
#[cfg(feature = "ssr")]
pub const BY_VIDEO: &str = "By video";
/// The same.
#[cfg(feature = "ssr")]
pub const AT_YOUR_ADDRESS: &str = "At your address";

// The times.

/// In place of the times, where the business takes no more bookings on its page.
#[cfg(feature = "ssr")]
pub const PLEASE_CALL: &str = "Please call to book";
/// Below it.
#[cfg(feature = "ssr")]
pub const NO_MORE_BOOKINGS: &str = "This business can’t take more bookings online at the moment.";

/// The button below that.
#[cfg(feature = "ssr")]
pub fn call(phone: &str) -> String {
    format!("Call {phone}")
}

/// The heading there, for who doesn’t see the page.
#[cfg(feature = "ssr")]
pub const TIMES: &str = "Times";
/// The arrow back.
#[cfg(feature = "ssr")]
pub const EARLIER_WEEK: &str = "Earlier week";
/// The arrow on.
#[cfg(feature = "ssr")]
pub const LATER_WEEK: &str = "Later week";
/// The month’s arrow back.
#[cfg(feature = "ssr")]
pub const EARLIER_MONTH: &str = "Earlier month";
/// The month’s arrow on.
#[cfg(feature = "ssr")]
pub const LATER_MONTH: &str = "Later month";

/// Above the times, where the client’s clock shows others.
#[cfg(feature = "ssr")]
pub fn business_is_on(zone: &str) -> String {
    format!("The business is on {zone}.")
}

/// Below the times, before the way to the waitlist.
#[cfg(feature = "ssr")]
pub const NONE_SUIT: &str = "None of these suit?";
/// In place of a week’s times.
#[cfg(feature = "ssr")]
pub const NO_TIMES_THIS_WEEK: &str = "No times this week";

/// Below it.
#[cfg(feature = "ssr")]
pub fn next_free_day(day: &str) -> String {
    format!("The next free day is {day}.")
}

/// The button there.
#[cfg(feature = "ssr")]
pub fn show_day(day: &str) -> String {
    format!("Show {day}")
}

/// In place of the times after the last ones.
#[cfg(feature = "ssr")]
pub const NO_TIMES_AFTER: &str = "No times after this";
/// Below it.
#[cfg(feature = "ssr")]
pub const FREE_EARLIER: &str = "There are free times earlier than these dates.";
/// The button there.
#[cfg(feature = "ssr")]
pub const SHOW_THE_WEEK_BEFORE: &str = "Show the week before";
/// In place of the times, where there are none at all.
#[cfg(feature = "ssr")]
pub const NO_TIMES_FREE: &str = "No times free";
/// Below it, where there is a waitlist.
#[cfg(feature = "ssr")]
pub const ALL_TAKEN_WE_WRITE: &str =
    "Everything that can be booked ahead is taken. We write to you when a time comes free.";
/// Below it, where there is none.
#[cfg(feature = "ssr")]
pub const ALL_TAKEN: &str = "Everything that can be booked ahead is taken. Please look in again, or ring the business.";
/// The name of the row of days.
#[cfg(feature = "ssr")]
pub const DAYS_SHOWN: &str = "Days shown";

/// A day in it.
#[cfg(feature = "ssr")]
pub fn to_day(day: &str) -> String {
    format!("To {day}")
}

/// The last in it.
#[cfg(feature = "ssr")]
pub const TO_OTHER_DATES: &str = "To other dates";

/// After a time on the business’s clock.
#[cfg(feature = "ssr")]
pub fn in_city(city: &str) -> String {
    format!("in {city}")
}

/// A day without any.
#[cfg(feature = "ssr")]
pub const NO_TIMES: &str = "No times";

/// At a time that several share.
#[cfg(feature = "ssr")]
pub fn seats_left(seats: i64) -> String {
    format!("{seats} left")
}

/// The name of the month’s table.
#[cfg(feature = "ssr")]
pub fn days_with_free_times(month: &str) -> String {
    format!("Days with free times in {month}")
}

/// A day of the month, for who doesn’t see the page.
#[cfg(feature = "ssr")]
pub fn free_on(day: &str, times: usize) -> String {
    if times == 1 { format!("{day}, 1 time") } else { format!("{day}, {times} times") }
}

/// The label of the choice of a zone.
#[cfg(feature = "ssr")]
pub const SHOW_TIMES_IN: &str = "Show times in";
/// The button there.
#[cfg(feature = "ssr")]
pub const CHANGE: &str = "Change";

// The business’s own page, its team’s, its people’s and its categories’.

/// Above the hours.
#[cfg(feature = "ssr")]
pub const OPENING_HOURS: &str = "Opening hours";
/// In place of them.
#[cfg(feature = "ssr")]
pub const NO_OPENING_HOURS: &str = "No opening hours yet";
/// A day without hours.
#[cfg(feature = "ssr")]
pub const CLOSED: &str = "Closed";
/// In place of the services.
#[cfg(feature = "ssr")]
pub const NOTHING_ONLINE: &str = "Nothing can be booked online just now";
/// Below it.
#[cfg(feature = "ssr")]
pub const RING_US: &str = "Please ring us instead, or look in again later.";

/// The title of the team’s page.
#[cfg(feature = "ssr")]
pub fn team_of(business: &str) -> String {
    format!("Our team · {business}")
}

/// What search results say of it.
#[cfg(feature = "ssr")]
pub fn about_team(business: &str) -> String {
    format!("Who you can book a time with at {business}.")
}

/// What search results say of somebody’s page; `title` is what they do, and may be empty.
#[cfg(feature = "ssr")]
pub fn about_person(name: &str, title: &str, business: &str) -> String {
    if title.is_empty() {
        format!("Book a time with {name} at {business}.")
    } else {
        format!("Book a time with {name}, {title} at {business}.")
    }
}

/// In place of somebody’s services.
#[cfg(feature = "ssr")]
pub const NOTHING_WITH_THEM: &str = "Nothing can be booked with them online just now.";
/// The link there.
#[cfg(feature = "ssr")]
pub const SEE_EVERYTHING: &str = "See everything that can be booked";

/// What search results say of a category’s page.
#[cfg(feature = "ssr")]
pub fn about_category(category: &str, business: &str, services: &str) -> String {
    format!("{category} at {business}: {services}.")
}

// Inside another website.

/// Above the services, for who doesn’t see the page.
#[cfg(feature = "ssr")]
pub const WHAT_YOU_CAN_BOOK: &str = "What you can book";
/// The link from a booking that was just made.
#[cfg(feature = "ssr")]
pub const SEE_OR_CHANGE: &str = "See or change your booking";
/// Below the links of a booking that has to be paid.
#[cfg(feature = "ssr")]
pub const KEPT_HALF_AN_HOUR: &str = "The time is kept for half an hour. You pay by card at Stripe, in a new window, and come from there to your booking. Keep its address: it is how you come back.";
/// Below those of any other.
#[cfg(feature = "ssr")]
pub const FIRST_BUTTON: &str =
    "The first button leads to your booking, in a new window. Keep its address: it is how you come back.";

// A client’s own booking.

/// The heading after it was moved.
pub const YOUR_BOOKING_HAS_MOVED: &str = "Your booking has moved";
/// The button that moves it, and the heading above the times.
pub const CHANGE_THE_TIME: &str = "Change the time";
/// Before the time that it has, where it is moved.
pub const NOW_BEFORE_TIME: &str = "Now: ";
/// The way back from there.
pub const KEEP_THE_TIME_I_HAVE: &str = "Keep the time I have";
/// The heading above the page’s address.
pub const KEEP_THIS_LINK: &str = "Keep this link";
/// Below it.
pub const WHY_KEEP_IT: &str = "It is how you come back to your booking. Whoever has it can change the booking.";
/// The label of the address.
pub const ADDRESS_OF_YOUR_BOOKING: &str = "Address of your booking";
/// Opens the question whether to.
pub const CANCEL_THE_BOOKING: &str = "Cancel the booking";
/// The question.
pub const REALLY_CANCEL: &str = "Cancel it? Somebody else may take the time straight away.";
/// Its yes.
pub const YES_CANCEL_IT: &str = "Yes, cancel it";
/// The same button while it is sent.
pub const CANCELLING: &str = "Cancelling…";
/// Its no.
pub const KEEP_MY_BOOKING: &str = "Keep my booking";
/// Above the new time.
pub const MOVE_IT_TO: &str = "Move it to";

/// Above the button that moves it there.
pub fn you_now_have(when: &str) -> String {
    format!("You now have {when}.")
}

/// The button.
pub const MOVE_MY_BOOKING: &str = "Move my booking";
/// The same button while it is sent.
pub const MOVING: &str = "Moving…";

// Where a booking stands, and until when it can be changed.

/// The heading of one that stands.
#[cfg(feature = "ssr")]
pub const YOUR_BOOKING: &str = "Your booking";
/// The heading of one that the business has to say yes to.
#[cfg(feature = "ssr")]
pub const YOU_HAVE_ASKED: &str = "You have asked for this time";

/// Below it.
#[cfg(feature = "ssr")]
pub fn waits_for(business: &str, day: &str, time: &str) -> String {
    format!(
        "{business} confirms or declines it by {day}, {time}. Until then the time is kept for you, and this page shows how it stands."
    )
}

/// The heading of one that was called off.
#[cfg(feature = "ssr")]
pub const CANCELLED: &str = "This booking is cancelled";
/// Below it, where it was late.
#[cfg(feature = "ssr")]
pub const CANCELLED_LATE: &str =
    "It was cancelled later than the business asks for. If anything follows from it, they tell you.";

/// Below it, where the business did.
#[cfg(feature = "ssr")]
pub fn cancelled_by(business: &str) -> String {
    format!("{business} cancelled it.")
}

/// The heading of one that the business declined.
#[cfg(feature = "ssr")]
pub const NOT_CONFIRMED_NO: &str = "This time couldn’t be confirmed";

/// Below it.
#[cfg(feature = "ssr")]
pub fn declined_by(business: &str) -> String {
    format!("{business} can’t take it. You are welcome to choose another time.")
}

/// The heading of one that nobody confirmed.
#[cfg(feature = "ssr")]
pub const NOT_CONFIRMED: &str = "This time wasn’t confirmed";

/// Below it.
#[cfg(feature = "ssr")]
pub fn unanswered_by(business: &str) -> String {
    format!("{business} didn’t answer in time, so it isn’t kept any more. You are welcome to choose another.")
}

/// Below the heading of one that wasn’t paid in time.
#[cfg(feature = "ssr")]
pub const NOT_KEPT: &str = "So it isn’t kept any more. You are welcome to book it again if it is still free.";
/// The heading of one that nobody came to.
#[cfg(feature = "ssr")]
pub const OVER: &str = "This booking is over";
/// Before the client’s name, email and phone.
#[cfg(feature = "ssr")]
pub const BOOKED_BY: &str = "Booked by";
/// Before the dates that were booked together.
#[cfg(feature = "ssr")]
pub const ALL_DATES: &str = "All dates";
/// After why it can’t be changed here.
#[cfg(feature = "ssr")]
pub const CONTACT_THE_BUSINESS: &str = "Please contact the business.";

/// The same where the business has a phone.
#[cfg(feature = "ssr")]
pub fn please_ring(phone: &str) -> String {
    format!("Please ring {phone}.")
}

/// Beside the button that moves it.
#[cfg(feature = "ssr")]
pub fn has_to_say_yes(business: &str) -> String {
    format!("If you move it, {business} has to say yes to the new time.")
}

/// In its place.
#[cfg(feature = "ssr")]
pub const NOT_OFFERED: &str = "This isn’t offered any more, so it can’t be moved here.";

/// In its place, once it is late.
#[cfg(feature = "ssr")]
pub fn could_be_moved_until(time: &str) -> String {
    format!("It could be moved until {time}.")
}

/// In place of all buttons.
#[cfg(feature = "ssr")]
pub const NO_CHANGES: &str = "It can no longer be changed here.";

/// Before the button that cancels it.
#[cfg(feature = "ssr")]
pub fn cancels_late(hours: i64) -> String {
    let before = if hours == 1 { "an hour".to_owned() } else { format!("{hours} hours") };
    format!("It is less than {before} before it begins, so this counts as a late cancellation.")
}

/// Above the times, where the address has a date that can’t be read.
#[cfg(feature = "ssr")]
pub const NO_SUCH_DATE: &str = "We couldn’t read that date.";
/// The same of a month.
#[cfg(feature = "ssr")]
pub const NO_SUCH_MONTH: &str = "We couldn’t read that month.";
/// The same of a time.
#[cfg(feature = "ssr")]
pub const NO_SUCH_TIME: &str = "We couldn’t read that time. Please choose one below.";

// What is paid.

/// Before what is paid when one books.
#[cfg(feature = "ssr")]
pub const TO_PAY_NOW: &str = "To pay now";

/// Where that is the whole price.
#[cfg(feature = "ssr")]
pub fn pay_all(amount: &str) -> String {
    format!("{amount} by card, when you book")
}

/// Where it is a part of it.
#[cfg(feature = "ssr")]
pub fn pay_a_part(amount: &str, rest: &str) -> String {
    format!("{amount} by card when you book; {rest} later")
}

/// Before what comes back then.
#[cfg(feature = "ssr")]
pub const IF_YOU_CANCEL: &str = "If you cancel";
/// Where nothing does.
#[cfg(feature = "ssr")]
pub const NOT_PAID_BACK_EVER: &str = "It isn’t paid back if you cancel.";

/// The beginning of the rules: how much comes back until when.
#[cfg(feature = "ssr")]
pub fn comes_back(percent: i64, hours: i64) -> String {
    format!("You get {} back {}", part_of_it(percent), until_before(hours))
}

/// After it, from the earliest on.
#[cfg(feature = "ssr")]
pub fn then_comes_back(percent: i64, hours: i64) -> String {
    format!(", then {} {}", part_of_it(percent), until_before(hours))
}

/// Their end, where nothing comes back at last.
#[cfg(feature = "ssr")]
pub const THEN_NOTHING: &str = ", and nothing after that";

#[cfg(feature = "ssr")]
fn part_of_it(percent: i64) -> String {
    match percent {
        100 => "all of it".to_owned(),
        50 => "half of it".to_owned(),
        percent => format!("{percent} % of it"),
    }
}

#[cfg(feature = "ssr")]
fn until_before(hours: i64) -> String {
    match hours {
        0 => "until it begins".to_owned(),
        1 => "until an hour before".to_owned(),
        hours => format!("until {hours} hours before"),
    }
}

/// Below the button to pay: how, and then the rules of what comes back.
#[cfg(feature = "ssr")]
pub fn how_one_pays(rules: &str) -> String {
    match rules.strip_prefix("You get") {
        Some(rest) => format!("You pay by card at Stripe. If you cancel, you get{rest}"),
        None => format!("You pay by card at Stripe. {rules}"),
    }
}

/// The heading of a booking that waits for its payment.
#[cfg(feature = "ssr")]
pub const PAY_TO_BOOK: &str = "Pay to book this time";

/// Below it.
#[cfg(feature = "ssr")]
pub fn kept_until(time: &str) -> String {
    format!(
        "The time is kept for you until {time}. Once you have paid, the booking stands. If the page to pay on doesn’t open, try again in a minute: you pay once."
    )
}

/// Before what was paid.
#[cfg(feature = "ssr")]
pub const PAID: &str = "Paid";

/// What was paid.
#[cfg(feature = "ssr")]
pub fn paid_by_card(amount: &str) -> String {
    format!("{amount} by card")
}

/// The same where it is a part of the price.
#[cfg(feature = "ssr")]
pub fn paid_in_part(amount: &str, rest: &str) -> String {
    format!("{amount} by card; {rest} is still to pay")
}

/// Before what is paid back.
#[cfg(feature = "ssr")]
pub const REFUND: &str = "Refund";

/// What is paid back.
#[cfg(feature = "ssr")]
pub fn goes_back(amount: &str) -> String {
    format!("{amount}, to the card it was paid with; that takes 5 to 10 days")
}

/// The same in a sentence, on the page of a booking that is cancelled.
#[cfg(feature = "ssr")]
pub fn you_get_back(refund: &str) -> String {
    format!("You get back {refund}.")
}

/// Before what couldn’t be.
#[cfg(feature = "ssr")]
pub const NOT_PAID_BACK: &str = "Not paid back";

/// What couldn’t be.
#[cfg(feature = "ssr")]
pub fn could_not_be_paid_back(amount: &str, business: &str) -> String {
    format!("{amount} couldn’t be paid back to your card. Please contact {business}.")
}

/// Before the button that cancels, and once it is cancelled.
#[cfg(feature = "ssr")]
pub fn nothing_comes_back(paid: &str) -> String {
    format!("The {paid} that you paid isn’t paid back.")
}

/// Before the button that cancels.
#[cfg(feature = "ssr")]
pub fn all_comes_back(paid: &str) -> String {
    format!("You get the {paid} that you paid back, to your card.")
}

/// The same.
#[cfg(feature = "ssr")]
pub fn a_part_comes_back(back: &str, paid: &str) -> String {
    format!("You get {back} of the {paid} that you paid back, to your card.")
}

/// The same, where some went back before.
#[cfg(feature = "ssr")]
pub fn more_comes_back(back: &str, before: &str, paid: &str) -> String {
    format!("You get another {back} back, to your card. {before} of the {paid} that you paid was paid back before.")
}

/// The same, where nothing comes beside it.
#[cfg(feature = "ssr")]
pub fn no_more_comes_back(before: &str, paid: &str) -> String {
    format!("{before} of the {paid} that you paid was paid back before. No more of it comes back.")
}

/// Before the package that pays for a booking.
#[cfg(feature = "ssr")]
pub const PACKAGE: &str = "Package";

/// Sessions that a package pays for.
#[cfg(feature = "ssr")]
pub fn sessions_of(sessions: i64, package: &str) -> String {
    if sessions == 1 {
        format!("A session of “{package}”")
    } else {
        format!("{sessions} sessions of “{package}”")
    }
}

/// The same of a booking that was cancelled in time.
#[cfg(feature = "ssr")]
pub fn had_again(sessions: &str) -> String {
    format!("{sessions}, which you have again")
}

// The waitlist: joining.

/// The title of the page.
#[cfg(feature = "ssr")]
pub fn waitlist_of(service: &str, business: &str) -> String {
    format!("Waitlist · {service} · {business}")
}

/// The way back to them.
#[cfg(feature = "ssr")]
pub const THE_TIMES_ON_OFFER: &str = "The times on offer";
/// Above the form.
#[cfg(feature = "ssr")]
pub const WHEN_WOULD_IT_SUIT: &str =
    "Say when it would suit you. If a time comes free then, we write to you, and keep it for you alone for 15 minutes.";
/// The label of a field.
#[cfg(feature = "ssr")]
pub const FIRST_DAY: &str = "First day";
/// The label of a field.
#[cfg(feature = "ssr")]
pub const LAST_DAY: &str = "Last day";
/// Before the weekdays.
#[cfg(feature = "ssr")]
pub const ONLY_ON: &str = "Only on";
/// Below them.
#[cfg(feature = "ssr")]
pub const ANY_DAY: &str = "Leave all empty if any day suits.";
/// Before the parts of a day.
#[cfg(feature = "ssr")]
pub const ONLY_IN_THE: &str = "Only in the";

/// Below them.
#[cfg(feature = "ssr")]
pub fn any_time(zone: &str) -> String {
    format!("Leave all empty if any time suits. {zone}.")
}

/// One of them.
#[cfg(feature = "ssr")]
pub const MORNING: &str = "Morning, before 12";
/// One of them.
#[cfg(feature = "ssr")]
pub const AFTERNOON: &str = "Afternoon, 12 to 5";
/// One of them.
#[cfg(feature = "ssr")]
pub const EVENING: &str = "Evening, from 5";

/// What becomes of what one enters, below the form.
#[cfg(feature = "ssr")]
pub fn kept_for_waiting(business: &str) -> String {
    format!("Stored encrypted in Australia, used only by {business} for this, and deleted 30 days after.")
}

/// The button while it is sent.
#[cfg(feature = "ssr")]
pub const JOINING: &str = "Joining…";
/// The heading of who waits, after joining and on their own page.
#[cfg(feature = "ssr")]
pub const YOU_ARE_ON_THE_WAITLIST: &str = "You’re on the waitlist";

/// Below it, after joining.
#[cfg(feature = "ssr")]
pub fn we_have_written(business: &str) -> String {
    format!(
        "We have sent you an email from {business} with your own link: there you see your place, and can leave the list."
    )
}

/// Below that.
#[cfg(feature = "ssr")]
pub const ALREADY_THERE: &str =
    "If you were on the list for these days already, you keep your place, and the link that you have.";

// The waitlist: one’s own place.

/// Below the heading of who waits.
#[cfg(feature = "ssr")]
pub fn in_line(place: i64, count: i64) -> String {
    let line = if count > 1 { format!(" You are number {place} of {count} in line.") } else { String::new() };
    format!("When a time comes free that suits, we write to you, and keep it for you for 15 minutes.{line}")
}

/// Before the days that suit.
#[cfg(feature = "ssr")]
pub const DAYS: &str = "Days";
/// Before the name.
#[cfg(feature = "ssr")]
pub const FOR: &str = "For";
/// The link to them.
#[cfg(feature = "ssr")]
pub const LOOK_AT_THE_TIMES: &str = "Look at the times";
/// The heading of who is offered one.
#[cfg(feature = "ssr")]
pub const COME_FREE: &str = "A time has come free";
/// Below it.
#[cfg(feature = "ssr")]
pub const YOURS_FOR_NOW: &str = "It is yours for now. If you let it go, or do nothing, you stay in line for the next.";
/// The button that does.
#[cfg(feature = "ssr")]
pub const LET_IT_GO: &str = "Let it go";
/// The same while it is sent.
#[cfg(feature = "ssr")]
pub const LETTING_GO: &str = "Letting go…";
/// Above the page after it.
#[cfg(feature = "ssr")]
pub const LET_GO: &str = "It goes to the next in line. You keep your place.";
/// The heading of who took what they were offered.
#[cfg(feature = "ssr")]
pub const YOU_HAVE_BOOKED: &str = "You have booked";
/// Below it.
#[cfg(feature = "ssr")]
pub const IT_IS_YOURS: &str = "What you were offered is yours.";
/// Below the heading of who didn’t pay for it in time.
#[cfg(feature = "ssr")]
pub const JOIN_AGAIN: &str = "So it isn’t kept any more. You are welcome to join again.";
/// Opens the question whether to.
#[cfg(feature = "ssr")]
pub const LEAVE_THE_WAITLIST: &str = "Leave the waitlist";
/// The question.
#[cfg(feature = "ssr")]
pub const REALLY_LEAVE: &str = "Leave the waitlist? Nothing more is offered to you then.";
/// Its yes.
#[cfg(feature = "ssr")]
pub const YES_LEAVE_IT: &str = "Yes, leave it";
/// The same button while it is sent.
#[cfg(feature = "ssr")]
pub const LEAVING: &str = "Leaving…";
/// The heading after that.
#[cfg(feature = "ssr")]
pub const YOU_HAVE_LEFT: &str = "You have left the waitlist";
/// Below it.
#[cfg(feature = "ssr")]
pub const NOTHING_MORE: &str = "Nothing more is offered to you.";
/// The heading of whom the business took off it.
#[cfg(feature = "ssr")]
pub const NOT_ON_THE_WAITLIST: &str = "You aren’t on the waitlist any more";

/// Below it.
#[cfg(feature = "ssr")]
pub fn taken_off_by(business: &str) -> String {
    format!("{business} took you off it. Please ask them if that isn’t right.")
}

/// The heading of who waited in vain.
#[cfg(feature = "ssr")]
pub const DAYS_ARE_OVER: &str = "Your days are over";
/// Below it.
#[cfg(feature = "ssr")]
pub const NOTHING_SUITED: &str = "Nothing came free that suited. You are welcome to join again.";

// Packages: buying one.

/// The title of the page.
#[cfg(feature = "ssr")]
pub fn packages_of(business: &str) -> String {
    format!("Packages · {business}")
}

/// What search results say of it.
#[cfg(feature = "ssr")]
pub fn about_packages(business: &str) -> String {
    format!("Several sessions with {business} at one price.")
}

/// Below the heading.
#[cfg(feature = "ssr")]
pub const WHAT_PACKAGES_ARE: &str = "Pay for several sessions at once, and book them when it suits you.";
/// In place of the packages.
#[cfg(feature = "ssr")]
pub const NO_PACKAGES: &str = "No packages just now";
/// Below it.
#[cfg(feature = "ssr")]
pub const SINGLE_TIMES: &str = "You can book single times.";
/// Above the packages, while they can’t be.
#[cfg(feature = "ssr")]
pub const PACKAGES_CLOSED: &str = "Packages can’t be paid online at the moment. Please ask us.";

/// What a package is: its sessions, their price, and for how many months it is good.
#[cfg(feature = "ssr")]
pub fn package_facts(sessions: i64, price: &str, each: &str, months: i64) -> String {
    let (sessions, months) = (counted(sessions, "session", "sessions"), counted(months, "month", "months"));
    format!("{sessions} for {price}, {each} each. Good for {months}.")
}

/// Below the email.
#[cfg(feature = "ssr")]
pub const CODE_GOES_THERE: &str = "The code goes there.";

/// Opens the form.
#[cfg(feature = "ssr")]
pub fn buy(package: &str) -> String {
    format!("Buy {package}")
}

/// Its button.
#[cfg(feature = "ssr")]
pub const GO_ON_TO_PAY: &str = "Go on to pay";
/// The same while it is sent.
#[cfg(feature = "ssr")]
pub const GOING_TO_STRIPE: &str = "Going to Stripe…";

// Packages: one’s own.

/// The heading of one that can be used.
#[cfg(feature = "ssr")]
pub fn sessions_left(left: i64, sessions: i64) -> String {
    format!("{left} of {sessions} left")
}

/// Below it.
#[cfg(feature = "ssr")]
pub fn good_until(day: &str) -> String {
    format!("Good until {day}. When you book, enter the code and the email address that it was sent to.")
}

/// The heading of one whose time is over.
#[cfg(feature = "ssr")]
pub const RUN_OUT: &str = "This package has run out";

/// Below it.
#[cfg(feature = "ssr")]
pub fn was_good_until(day: &str) -> String {
    format!("It was good until {day}.")
}

/// The heading of one that isn’t paid yet.
#[cfg(feature = "ssr")]
pub const PAY_FOR_YOUR_PACKAGE: &str = "Pay for your package";
/// Below it.
#[cfg(feature = "ssr")]
pub const YOURS_ONCE_PAID: &str =
    "It is yours once you have paid. If the page to pay on doesn’t open, try again in a minute: you pay once.";
/// The heading of one that was paid back.
#[cfg(feature = "ssr")]
pub const CANNOT_BE_USED: &str = "This package can’t be used any more";
/// Below it.
#[cfg(feature = "ssr")]
pub const PAID_BACK: &str = "It was paid back.";
/// The heading of one that nobody paid for.
#[cfg(feature = "ssr")]
pub const PACKAGE_NOT_PAID: &str = "This package wasn’t paid for";
/// Below it.
#[cfg(feature = "ssr")]
pub const CHOOSE_IT_AGAIN: &str = "You are welcome to choose it again.";
/// The label of the code.
#[cfg(feature = "ssr")]
pub const YOUR_CODE: &str = "Your code";

/// The link to a service that it is for.
#[cfg(feature = "ssr")]
pub fn book_service(service: &str) -> String {
    format!("Book: {service}")
}

#[cfg(test)]
mod tests {
    /// What the public pages are made of.
    const SOURCES: [(&str, &str); 17] = [
        ("asked.rs", include_str!("asked.rs")),
        ("card.rs", include_str!("card.rs")),
        ("managed.rs", include_str!("managed.rs")),
        ("pages/business.rs", include_str!("pages/business.rs")),
        ("pages/framed.rs", include_str!("pages/framed.rs")),
        ("pages/manage.rs", include_str!("pages/manage.rs")),
        ("pages/mod.rs", include_str!("pages/mod.rs")),
        ("pages/packages.rs", include_str!("pages/packages.rs")),
        ("pages/public.rs", include_str!("pages/public.rs")),
        ("pages/service.rs", include_str!("pages/service.rs")),
        ("pages/waitlist.rs", include_str!("pages/waitlist.rs")),
        ("paying/rules.rs", include_str!("paying/rules.rs")),
        ("paying/words.rs", include_str!("paying/words.rs")),
        ("public_pages.rs", include_str!("public_pages.rs")),
        ("times.rs", include_str!("times.rs")),
        ("views.rs", include_str!("views.rs")),
        ("waitlist_views.rs", include_str!("waitlist_views.rs")),
    ];

    /// Where the tests of a file begin, or the dashboard’s part of it.
    const ENDS: [&str; 3] = ["#[cfg(test)]", "/// Who waits, in the dashboard’s frame.", "const DONE:"];

    /// What no client reads.
    const OTHERS: [&str; 2] = [
        "The client’s bank disputes the payment. Answer it in your Stripe dashboard.",
        "Give the date as year-month-day, like 2026-11-23.",
    ];

    /// The string literals that are no part of a comment.
    fn literals(source: &str) -> Vec<String> {
        let (mut found, mut letters) = (Vec::new(), source.chars().peekable());
        while let Some(letter) = letters.next() {
            if letter == '/' && letters.peek() == Some(&'/') {
                while letters.next().is_some_and(|letter| letter != '\n') {}
            } else if letter == '"' {
                let mut literal = String::new();
                while let Some(letter) = letters.next().filter(|letter| *letter != '"') {
                    literal.push(letter);
                    if letter == '\\' {
                        literal.extend(letters.next());
                    }
                }
                found.push(literal);
            }
        }
        found
    }

    /// Words for people begin with a capital, and go on in small letters.
    fn is_for_people(literal: &str) -> bool {
        literal.starts_with(char::is_uppercase) && literal.contains(char::is_lowercase)
    }

    #[test]
    fn nothing_is_said_elsewhere() {
        for (file, source) in SOURCES {
            let public = ENDS.iter().fold(source, |source, end| source.split(*end).next().unwrap_or_default());
            let said = literals(public);
            let said = said.iter().filter(|literal| is_for_people(literal) && !OTHERS.contains(&literal.as_str()));
            assert_eq!(said.collect::<Vec<_>>(), Vec::<&String>::new(), "{file}");
        }
    }

    #[test]
    fn what_is_said_is_found() {
        let source = "// \"Not this\"\nlet href = \"https://a\"; view! { <p class=\"soft\">\"That \\\"one\\\"\"</p> } // \"Nor this\"";
        assert_eq!(literals(source), ["https://a", "soft", "That \\\"one\\\""]);
        assert!(is_for_people("That one") && !is_for_people("soft") && !is_for_people("AUD"));
    }
}
