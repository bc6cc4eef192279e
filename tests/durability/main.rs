//! What the server has acknowledged is there afterwards, whatever happens to it: kills, cuts of the power, full and sick
//! disks, clients that go away, clocks that jump; and what many do to one name at once has one order.
//!
//! Most of this is the harness's (`strongroom_tests::durability`), which is tested here, too: a checker that finds
//! nothing proves nothing.
#![expect(clippy::print_stdout, reason = "seeds, and which tests the machine does not allow")]

mod audit;
mod checker;
mod clients;
mod clock;
mod concurrency;
mod disks;
mod kills;
