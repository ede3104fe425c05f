use super::*;

const NOON: i64 = 1_700_000_000_000 / DAY_MS * DAY_MS + DAY_MS / 2;
const MIDNIGHT: i64 = NOON + DAY_MS / 2;

fn told(limit: u32, remaining: u32, reset_ms: i64) -> Told {
    Told { limit: Some(limit), remaining: Some(remaining), reset_ms: Some(reset_ms) }
}

fn answer(minute_remaining: u32, day_remaining: u32) -> RateHeaders {
    RateHeaders {
        minute: told(60, minute_remaining, NOON + MINUTE_MS),
        day: told(5000, day_remaining, MIDNIGHT),
        date_ms: None,
    }
}

fn wait(ms: i64) -> Permit {
    Permit::Wait(Duration::from_millis(u64::try_from(ms + MARGIN_MS).unwrap()))
}

/// Windows after so many calls without a word of the service.
fn after(calls: u32, now_ms: i64) -> Windows {
    let mut windows = Windows::default();
    for _ in 0..calls {
        assert_eq!(windows.permit(now_ms, 0, 0), Permit::Granted);
        windows.settle(now_ms, None);
    }
    windows
}

#[test]
fn the_sixty_first_call_of_a_minute_waits_for_the_next() {
    let mut windows = after(60, NOON);
    assert_eq!(windows.permit(NOON + 10_000, 0, 0), wait(50_000));
    assert_eq!(windows.permit(NOON + MINUTE_MS + MARGIN_MS - 1, 0, 0), wait(-MARGIN_MS + 1));
    assert_eq!(windows.permit(NOON + MINUTE_MS + MARGIN_MS, 0, 0), Permit::Granted);
}

#[test]
fn headers_count_what_others_have_sent() {
    let mut windows = Windows::default();
    assert_eq!(windows.permit(NOON, 0, 0), Permit::Granted);
    windows.settle(NOON + 1, Some(&answer(1, 4000)));
    assert_eq!(windows.permit(NOON + 2, 0, 0), Permit::Granted);
    windows.settle(NOON + 3, Some(&answer(0, 3999)));
    assert_eq!(windows.permit(NOON + 3, 0, 0), wait(MINUTE_MS - 3));
}

#[test]
fn a_larger_limit_than_assumed_holds_at_once() {
    let mut windows = after(60, NOON);
    let larger = RateHeaders { minute: told(300, 239, NOON + MINUTE_MS), ..answer(0, 4000) };
    windows.settle(NOON + 1, Some(&larger));
    assert_eq!(windows.minute.room(0), Some(239));
}

#[test]
fn calls_under_way_are_not_given_out_twice() {
    let mut windows = Windows::default();
    windows.permit(NOON, 0, 0);
    windows.settle(NOON + 1, Some(&answer(2, 4000)));
    assert_eq!(windows.permit(NOON + 2, 0, 1), Permit::Granted);
    assert_eq!(windows.permit(NOON + 2, 0, 2), Permit::Wait(UNDER_WAY), "they may give room back");
}

#[test]
fn calls_under_way_when_a_minute_ends_may_count_in_the_next() {
    let mut windows = after(10, NOON);
    let next = NOON + MINUTE_MS + MARGIN_MS;
    assert_eq!(windows.permit(next, 0, 60), Permit::Wait(UNDER_WAY));
    assert_eq!(windows.minute.room(60), Some(0));
    // They were of the minute before.
    windows.settle(next, Some(&answer(0, 4000)));
    assert_eq!(windows.minute.room(0), Some(60));
}

#[test]
fn a_spent_day_names_its_end_and_the_reserve_is_left() {
    let mut windows = Windows::default();
    windows.permit(NOON, 0, 0);
    windows.settle(NOON, Some(&answer(30, 10)));
    assert_eq!(windows.permit(NOON, 10, 0), Permit::DaySpent(MIDNIGHT));
    assert_eq!(windows.permit(NOON, 9, 1), Permit::DaySpent(MIDNIGHT), "one is under way");
    assert_eq!(windows.permit(NOON, 9, 0), Permit::Granted);
    assert_eq!(windows.permit(MIDNIGHT + MARGIN_MS, 10, 0), Permit::Granted);
}

#[test]
fn an_answer_of_the_window_before_says_nothing_about_this_one() {
    let mut windows = Windows::default();
    windows.permit(NOON, 0, 0);
    windows.settle(NOON + 1, Some(&answer(10, 4001)));
    windows.permit(NOON + MINUTE_MS + MARGIN_MS, 0, 0);
    windows.settle(NOON + MINUTE_MS + MARGIN_MS, Some(&answer(0, 4000)));
    assert_eq!(windows.minute.room(0), Some(60));
}

#[test]
fn an_answer_of_the_next_window_begins_it() {
    let mut windows = after(60, NOON);
    windows.settle(NOON + 1, Some(&answer(0, 4000)));
    let next = RateHeaders { minute: told(60, 58, NOON + 2 * MINUTE_MS), ..answer(0, 3999) };
    windows.settle(NOON + MINUTE_MS + 10, Some(&next));
    assert_eq!((windows.minute.room(0), windows.minute.ends_ms), (Some(58), NOON + 2 * MINUTE_MS));
}

#[test]
fn a_refusal_is_told_apart_by_the_headers_it_carries() {
    let minute = Told { reset_ms: Some(NOON + 5_000), ..Told::default() };
    let day = Told { reset_ms: Some(MIDNIGHT), remaining: Some(0), ..Told::default() };
    let zeros = Told { remaining: Some(0), ..Told::default() };
    for (minute, day, expected) in [
        (minute, Told::default(), wait(5_000)),
        (minute, zeros, wait(5_000)),
        (zeros, day, Permit::DaySpent(MIDNIGHT)),
        (Told::default(), day, Permit::DaySpent(MIDNIGHT)),
        (Told::default(), Told::default(), wait(MINUTE_MS)),
    ] {
        let mut windows = Windows::default();
        windows.permit(NOON, 0, 0);
        let headers = RateHeaders { minute, day, date_ms: None };
        assert_eq!(windows.refused(NOON, &headers), expected, "{headers:?}");
        assert_eq!(windows.permit(NOON, 0, 0), expected, "{headers:?}");
    }
}

/// This machine's clock is wrong: what counts is the time that was left when the service answered.
#[test]
fn a_wrong_clock_does_not_shift_the_windows() {
    for wrong_by in [-3_600_000, -20_000, 20_000, 600_000] {
        let mut windows = Windows::default();
        let here = NOON + 30_000 + wrong_by;
        windows.permit(here, 0, 0);
        let headers = RateHeaders { date_ms: Some(NOON + 30_000), ..answer(0, 4000) };
        windows.settle(here, Some(&headers));
        assert_eq!(windows.permit(here, 0, 0), wait(30_000), "{wrong_by}");
        assert_eq!(windows.permit(here + 30_000 + MARGIN_MS, 0, 0), Permit::Granted, "{wrong_by}");
        assert_eq!(windows.minute.ends_ms, here + 30_000 + MINUTE_MS, "{wrong_by}");
    }
}

#[test]
fn a_date_that_does_not_fit_is_passed_over() {
    let mut windows = Windows::default();
    windows.permit(NOON, 0, 0);
    let headers = RateHeaders { date_ms: Some(NOON + 7_200_000), ..answer(0, 4000) };
    windows.settle(NOON, Some(&headers));
    assert_eq!(windows.permit(NOON, 0, 0), wait(MINUTE_MS));
}

#[test]
fn a_clock_that_was_set_back_does_not_wait_for_the_time_it_had() {
    let mut windows = after(60, NOON);
    assert_eq!(windows.permit(NOON - 3_600_000, 0, 0), Permit::Granted);
}

#[test]
fn the_tokens_of_a_day_have_no_minute() {
    let mut windows = Windows::of_a_day(2);
    for _ in 0..2 {
        assert_eq!(windows.permit(NOON, 0, 0), Permit::Granted);
        windows.settle(NOON, None);
    }
    assert_eq!(windows.permit(NOON, 0, 0), Permit::DaySpent(MIDNIGHT));
}
