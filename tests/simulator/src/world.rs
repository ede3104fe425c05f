//! The state of a running simulator.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use parking_lot::{Mutex, RwLock};

use crate::MAIN_DIVISION;
use crate::clock::Clock;
use crate::company::view::Views;
use crate::company::{Company, Sibling};
use crate::faults::Faults;
use crate::limits::Limits;
use crate::oauth::OAuth;
use crate::options::{Options, Switches};
use crate::records::Records;

/// The division without a booking, and the one that the user may not open.
pub const EMPTY_DIVISION: i32 = 5513;
pub const FORBIDDEN_DIVISION: i32 = 5514;

/// Everything that requests read and change.
pub struct World {
    pub seed: u64,
    pub print_requests: bool,
    pub clock: Clock,
    pub oauth: OAuth,
    pub limits: Limits,
    pub records: Records,
    pub faults: Faults,
    switches: RwLock<Arc<Switches>>,
    siblings: Arc<Vec<Sibling>>,
    views: Arc<Views>,
    pub moves: Arc<Vec<AtomicI64>>,
    companies: Mutex<HashMap<i32, Arc<Company>>>,
}

impl World {
    pub fn new(options: &Options) -> World {
        let siblings = siblings(options);
        World {
            seed: options.seed,
            print_requests: options.print_requests,
            clock: Clock::default(),
            oauth: OAuth::new(options.seed),
            limits: Limits::default(),
            records: Records::default(),
            faults: Faults::default(),
            switches: RwLock::new(Arc::new(options.switches.clone())),
            moves: Arc::new(siblings.iter().map(|_| AtomicI64::new(0)).collect()),
            siblings: Arc::new(siblings),
            views: Arc::new(Views::new()),
            companies: Mutex::default(),
        }
    }

    pub fn switches(&self) -> Arc<Switches> {
        self.switches.read().clone()
    }

    pub fn set_switches(&self, switches: Switches) {
        *self.switches.write() = Arc::new(switches);
    }

    /// A division of the licence, also a forbidden one.
    pub fn sibling(&self, code: i32) -> Option<(usize, &Sibling)> {
        self.siblings.iter().enumerate().find(|(_, sibling)| sibling.code == code)
    }

    /// Moves a division to another database (fact sheet 5.6). False when there is no such division.
    pub fn move_division(&self, code: i32) -> bool {
        let place = self.sibling(code).map(|(place, _)| place);
        let (Some(moved), Some(company)) = (place.and_then(|place| self.moves.get(place)), self.company(code)) else {
            return false;
        };
        moved.store(self.clock.now() + crate::clock::HOUR, Ordering::SeqCst);
        company.restart_timestamps();
        true
    }

    /// The data of a division that the user may open.
    pub fn company(&self, code: i32) -> Option<Arc<Company>> {
        self.sibling(code).filter(|(_, sibling)| !sibling.forbidden)?;
        let mut companies = self.companies.lock();
        let company = companies.entry(code).or_insert_with(|| {
            let (siblings, views, moves) = (self.siblings.clone(), self.views.clone(), self.moves.clone());
            Arc::new(Company::new(code, self.seed, siblings, views, moves))
        });
        Some(company.clone())
    }
}

/// The divisions of the licence by code: the main one at full scale, an empty, a forbidden, and others a tenth as large.
fn siblings(options: &Options) -> Vec<Sibling> {
    let cycles = ((options.scale * 100.0).round() as u64).max(1);
    let mut siblings = vec![
        Sibling { code: MAIN_DIVISION, name: "Simulated Company BV".to_owned(), forbidden: false, cycles },
        Sibling { code: EMPTY_DIVISION, name: "Empty \"Shelf\" BV".to_owned(), forbidden: false, cycles: 0 },
        Sibling { code: FORBIDDEN_DIVISION, name: "Not yours NV".to_owned(), forbidden: true, cycles: 1 },
    ];
    for number in 3..options.divisions.max(4) as i32 {
        let name = format!("Cliënt {number} & Co");
        let cycles = if number == 3 { (cycles / 4).max(1) } else { (cycles / 50).max(1) };
        siblings.push(Sibling { code: MAIN_DIVISION + number, name, forbidden: false, cycles });
    }
    siblings
}
