//! Acknowledged changes survive kills, power cuts, full and failing disks, clients that go away and clocks that jump; and
//! concurrent changes have one order.
//!
//! Most of this is in the harness (`strongroom_tests::durability`), which is tested here, too: a checker that finds nothing
//! proves nothing.
#![expect(clippy::print_stdout, reason = "seeds, and which tests the machine does not allow")]

mod audit;
mod checker;
mod clients;
mod clock;
mod disks;
mod kills;
