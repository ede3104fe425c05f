//! The sign-in of the dialog: a button that opens the browser, and a field for the address that it ends at.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use exact_client::settings::{Group, Settings};
use winsafe::gui;
use winsafe::prelude::*;

use super::fields::Page;
use super::{Dialog, button, edit_box, label};
use crate::command::login::{Arrival, Outcome, Pasting, in_dialog};

/// The controls, and the sign-in that is under way.
#[derive(Clone)]
pub struct SignIn {
    begin: gui::Button,
    address: gui::Edit,
    finish: gui::Button,
    pasting: Arc<Mutex<Option<Pasting>>>,
    done: Arc<AtomicBool>,
}

impl SignIn {
    /// Below the properties of the sign-in.
    pub fn build(pages: &[Page]) -> SignIn {
        #[allow(clippy::expect_used)]
        let page = pages.iter().find(|page| page.group == Group::SignIn).expect("the table has this group");
        let page = &page.window;
        let begin = button(page, "&Sign in ...", (12, 344), 120);
        label(page, "Then paste here the address that the browser ends at:", (145, 342), (200, 32));
        SignIn {
            begin,
            address: edit_box(page, "", (350, 345), 270),
            finish: button(page, "&Finish", (630, 344), 85),
            pasting: Arc::default(),
            done: Arc::default(),
        }
    }

    pub fn is_done(&self) -> bool {
        self.done.load(Ordering::Relaxed)
    }

    pub fn listen(&self, dialog: &Dialog) {
        let own = dialog.clone();
        self.begin.on().bn_clicked(move || {
            own.sign_in.begin(&own);
            Ok(())
        });
        let own = dialog.clone();
        self.finish.on().bn_clicked(move || {
            own.sign_in.finish(&own);
            Ok(())
        });
    }

    fn begin(&self, dialog: &Dialog) {
        let pairs = dialog.pairs();
        let begun =
            Settings::from_pairs(&pairs, &[]).map_err(anyhow::Error::from).and_then(|(found, _)| in_dialog(found));
        let (link, pasting, sign_in) = match begun {
            Ok(begun) => begun,
            Err(error) => return dialog.say(&format!("{error:#}")),
        };
        *self.pasting.lock().unwrap_or_else(PoisonError::into_inner) = Some(pasting);
        // Replaced by the address that the browser ends at; to be copied where no browser opens.
        let _ = self.address.set_text(&link);
        dialog.say(
            "Sign in at Exact Online in the browser that opens; its link stands beside the button. If this window does not go on by itself \
             then, copy the whole address that the browser ends at, put it in the place of the link, and choose Finish.",
        );
        dialog.in_background(sign_in, |dialog, stored| match stored {
            Ok(stored) => {
                dialog.sign_in.done.store(true, Ordering::Relaxed);
                dialog.say(&format!("Signed in as {}.", stored.user_name.unwrap_or_default()));
                dialog.offer_divisions();
            }
            Err(error) => dialog.say(&format!("{error:#}")),
        });
    }

    fn finish(&self, dialog: &Dialog) {
        let address = self.address.text().unwrap_or_default();
        let pasting = self.pasting.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(pasting) = pasting.as_ref().filter(|_| !address.trim().is_empty()) else {
            return dialog.say("Choose Sign in first, then paste the address that the browser ends at.");
        };
        let (arrival, answer) = Arrival::answered(address.trim().to_owned());
        let sent = pasting.blocking_send(arrival).is_ok();
        // Success and refusal are told by the sign-in itself.
        dialog.in_background(
            move || if sent { answer.blocking_recv().ok() } else { None },
            |dialog, outcome| {
                if let Some(Outcome::Again(why)) = outcome {
                    dialog.say(&why);
                }
            },
        );
    }
}
