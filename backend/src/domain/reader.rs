//! The keys that read a secret: counts by day, in UTC.

use std::collections::HashMap;

use super::clock::Time;
use super::id::ApiKeyId;

/// The days that are counted, today included.
pub const DAYS: i64 = 30;
/// The last reads of a secret that are listed.
pub const LAST_READS: usize = 10;

const SECONDS_OF_DAY: i64 = 24 * 60 * 60;

/// The number of a day since 1970.
pub fn day_of(time: Time) -> i64 {
    time.timestamp().div_euclid(SECONDS_OF_DAY)
}

/// The first of the counted days.
pub fn first_day(now: Time) -> i64 {
    day_of(now) - DAYS + 1
}

/// The beginning of the counted days.
pub fn first_moment(now: Time) -> Time {
    Time::from_timestamp(first_day(now) * SECONDS_OF_DAY, 0).unwrap_or(Time::UNIX_EPOCH)
}

/// The reads of a secret with a key on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DailyReads {
    pub key_id: ApiKeyId,
    /// The key's name at the last of these reads.
    pub key_name: String,
    pub day: i64,
    pub reads: i64,
    pub last: Time,
    /// The numbers of the last [`LAST_READS`] entries in the audit log, newest first.
    pub entries: Vec<i64>,
}

/// A key that has read a secret within the counted days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretReader {
    pub key_id: ApiKeyId,
    pub key_name: String,
    pub last_read: Time,
    /// The reads on each of the counted days, today's last.
    pub by_day: Vec<i64>,
}

/// The readers of a secret, the last one first.
pub fn readers(days: Vec<DailyReads>, now: Time) -> Vec<SecretReader> {
    let mut readers: HashMap<ApiKeyId, SecretReader> = HashMap::new();
    for DailyReads { key_id, key_name, day, reads, last, .. } in days {
        // A clock that was set back leaves days in the future.
        let place = (day - first_day(now)).min(DAYS - 1);
        let Ok(place) = usize::try_from(place) else { continue };
        let reader = readers.entry(key_id).or_insert_with(|| SecretReader {
            key_id,
            key_name: key_name.clone(),
            last_read: last,
            by_day: (0..DAYS).map(|_| 0).collect(),
        });
        if last >= reader.last_read {
            (reader.last_read, reader.key_name) = (last, key_name);
        }
        reader.by_day[place] += reads;
    }
    let mut readers: Vec<_> = readers.into_values().collect();
    readers.sort_by(|a, b| b.last_read.cmp(&a.last_read).then_with(|| a.key_name.cmp(&b.key_name)));
    readers
}

/// The numbers of a secret's last reads in the audit log, newest first.
pub fn last_entries(days: &[DailyReads]) -> Vec<i64> {
    let mut entries: Vec<i64> = days.iter().flat_map(|day| &day.entries).copied().collect();
    entries.sort_unstable_by(|a, b| b.cmp(a));
    entries.truncate(LAST_READS);
    entries
}

#[cfg(test)]
mod tests {
    use strongroom_shared::Uuid;

    use super::*;

    fn at(day: i64, second: i64) -> Time {
        Time::from_timestamp(day * SECONDS_OF_DAY + second, 0).expect("a time")
    }

    fn reads(key: u128, name: &str, day: i64, reads: i64, entries: &[i64]) -> DailyReads {
        DailyReads {
            key_id: ApiKeyId(Uuid::from_u128(key)),
            key_name: name.to_owned(),
            day,
            reads,
            last: at(day, 7),
            entries: entries.to_vec(),
        }
    }

    #[test]
    fn readers_have_counts_by_day_and_their_last_name() {
        let now = at(100, 50);
        let found = readers(
            vec![
                reads(1, "old name", 71, 2, &[]),
                reads(1, "flows", 99, 3, &[]),
                reads(2, "deploy", 100, 1, &[]),
                reads(2, "deploy", 101, 1, &[]),
                reads(3, "before the counted days", 70, 9, &[]),
            ],
            now,
        );
        let names: Vec<_> = found.iter().map(|reader| reader.key_name.as_str()).collect();
        assert_eq!(names, ["deploy", "flows"]);
        let by_day = |reader: &SecretReader| {
            let days = reader.by_day.iter().enumerate().filter(|(_, reads)| **reads > 0);
            days.map(|(place, reads)| (place, *reads)).collect::<Vec<_>>()
        };
        assert_eq!(by_day(&found[0]), [(29, 2)]);
        assert_eq!(by_day(&found[1]), [(0, 2), (28, 3)]);
        assert_eq!(found[1].last_read, at(99, 7));
        assert_eq!(found[1].by_day.len(), 30);
    }

    #[test]
    fn last_entries_are_the_newest_of_all_days() {
        let days = [reads(1, "a", 1, 9, &[30, 20, 10]), reads(2, "b", 2, 9, &[35, 25, 15])];
        assert_eq!(last_entries(&days), [35, 30, 25, 20, 15, 10]);
        let many: Vec<i64> = (0..10).rev().collect();
        assert_eq!(last_entries(&[reads(1, "a", 1, 99, &many), days[0].clone()])[..4], [30, 20, 10, 9]);
        assert_eq!(last_entries(&[reads(1, "a", 1, 99, &many), days[0].clone()]).len(), LAST_READS);
    }

    #[test]
    fn days_begin_at_midnight_in_utc() {
        assert_eq!([day_of(at(5, 0)), day_of(at(5, SECONDS_OF_DAY - 1)), day_of(at(0, -1))], [5, 5, -1]);
    }
}
