//! The dialog of a data source, on Windows: name, all connection properties on pages as their table groups them, signing
//! in, and a test.

mod fields;
mod sign_in;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use anyhow::{Result, anyhow};
use exact_client::settings::Settings;
use winsafe::prelude::*;
use winsafe::{co, gui};

use crate::command::dsn::entered;
use crate::command::query;
use crate::manager::{self, DRIVER, Pairs, check_free, check_name};
use crate::session;
use fields::{Field, Page};
use sign_in::SignIn;

const SIZE: (i32, i32) = (764, 560);

/// The window and what is on it. Clones are the same window.
#[derive(Clone)]
struct Dialog {
    window: gui::WindowMain,
    /// Whether it is a data source that is edited, which has a name; else the properties of one connection.
    is_named: bool,
    /// The name of the data source that is edited, where there is one already.
    edited: Option<String>,
    known: Pairs,
    keep: Arc<Keep>,
    name: gui::Edit,
    description: gui::Edit,
    fields: Vec<Field>,
    read_only: gui::CheckBox,
    sign_in: SignIn,
    test: gui::Button,
    accept: gui::Button,
    cancel: gui::Button,
    status: gui::Label,
    outcome: Arc<Mutex<Option<Pairs>>>,
}

/// Writes what was entered to where it belongs.
type Keep = dyn Fn(&Pairs) -> Result<()> + Send + Sync;

/// Shows what is known and lets a person change it; with the name of a data source where `DSN` is among it. The window
/// stays open where what was entered cannot be kept. `None` if nothing is to be changed.
pub fn edit(known: &Pairs, keep: impl Fn(&Pairs) -> Result<()> + Send + Sync + 'static) -> Result<Option<Pairs>> {
    let dialog = Dialog::build(known, Arc::new(keep))?;
    dialog.listen();
    let window = dialog.window.clone();
    window.run_main(None).map_err(|error| anyhow!("the dialog has failed: {error}"))?;
    Ok(dialog.outcome().take())
}

fn label(parent: &(impl GuiParent + 'static), text: &str, position: (i32, i32), size: (i32, i32)) -> gui::Label {
    let (position, size) = (gui::dpi(position.0, position.1), gui::dpi(size.0, size.1));
    gui::Label::new(parent, gui::LabelOpts { text, position, size, ..Default::default() })
}

fn button(parent: &(impl GuiParent + 'static), text: &str, position: (i32, i32), width: i32) -> gui::Button {
    let options = gui::ButtonOpts {
        text,
        position: gui::dpi(position.0, position.1),
        width: gui::dpi_x(width),
        height: gui::dpi_y(26),
        ..Default::default()
    };
    gui::Button::new(parent, options)
}

fn edit_box(parent: &(impl GuiParent + 'static), text: &str, position: (i32, i32), width: i32) -> gui::Edit {
    let position = gui::dpi(position.0, position.1);
    gui::Edit::new(parent, gui::EditOpts { text, position, width: gui::dpi_x(width), ..Default::default() })
}

impl Dialog {
    fn build(known: &Pairs, keep: Arc<Keep>) -> Result<Dialog> {
        let value = |wanted: &str| {
            let found = known.iter().find(|(key, _)| key.eq_ignore_ascii_case(wanted));
            found.map(|(_, value)| value.as_str()).unwrap_or_default()
        };
        let mut names = manager::sources()?.into_iter().map(|source| source.name);
        let edited = names.find(|name| name.eq_ignore_ascii_case(value("DSN")));
        let window = gui::WindowMain::new(gui::WindowMainOpts {
            title: "Exact Online: data source",
            size: gui::dpi(SIZE.0, SIZE.1),
            ..Default::default()
        });
        label(&window, "Name", (12, 15), (90, 18));
        let name = edit_box(&window, value("DSN"), (105, 12), 220);
        label(&window, "Description", (345, 15), (80, 18));
        let description = edit_box(&window, value("Description"), (430, 12), 322);
        let pages: Vec<Page> = fields::pages(&window, known);
        let sign_in = SignIn::build(&pages);
        let titled: Vec<(&str, gui::TabPage)> = pages.iter().map(|page| (page.title, page.window.clone())).collect();
        // The window keeps it.
        let _ = gui::Tab::new(
            &window,
            gui::TabOpts { position: gui::dpi(12, 44), size: gui::dpi(740, 408), pages: &titled, ..Default::default() },
        );
        let fields: Vec<Field> = pages.into_iter().flat_map(|page| page.fields).collect();
        let read_only = gui::CheckBox::new(
            &window,
            gui::CheckBoxOpts {
                text: "Read only: refuse every write",
                position: gui::dpi(14, 462),
                size: gui::dpi(300, 20),
                check_state: if fields::is_off(value("Readonly")) { co::BST::UNCHECKED } else { co::BST::CHECKED },
                ..Default::default()
            },
        );
        Ok(Dialog {
            edited,
            keep,
            known: known.clone(),
            is_named: known.iter().any(|(key, _)| key.eq_ignore_ascii_case("DSN")),
            name,
            description,
            fields,
            read_only,
            sign_in,
            test: button(&window, "&Test", (478, 524), 85),
            accept: button(&window, "OK", (572, 524), 85),
            cancel: button(&window, "Cancel", (666, 524), 85),
            status: label(&window, "", (14, 488), (738, 32)),
            outcome: Arc::default(),
            window,
        })
    }

    fn outcome(&self) -> MutexGuard<'_, Option<Pairs>> {
        self.outcome.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn listen(&self) {
        let dialog = self.clone();
        self.window.on().wm_create(move |_| {
            dialog.name.hwnd().EnableWindow(dialog.is_named);
            dialog.description.hwnd().EnableWindow(dialog.is_named);
            dialog.offer_divisions();
            Ok(0)
        });
        let dialog = self.clone();
        self.accept.on().bn_clicked(move || {
            match dialog.checked().and_then(|pairs| (dialog.keep)(&pairs).map(|()| pairs)) {
                Ok(pairs) => {
                    *dialog.outcome() = Some(pairs);
                    dialog.window.close();
                }
                Err(error) => dialog.say(&format!("{error:#}")),
            }
            Ok(())
        });
        let dialog = self.clone();
        self.cancel.on().bn_clicked(move || {
            dialog.window.close();
            Ok(())
        });
        let dialog = self.clone();
        self.test.on().bn_clicked(move || {
            dialog.try_out();
            Ok(())
        });
        self.sign_in.listen(self);
    }

    /// Tells something, from the window's own thread.
    fn say(&self, text: &str) {
        // A window that is gone needs no text.
        let _ = self.status.hwnd().SetWindowText(text);
    }

    /// Does something long on a thread of its own and then something with its outcome on the window's.
    fn in_background<T: Send + 'static>(
        &self,
        long: impl FnOnce() -> T + Send + 'static,
        then: impl FnOnce(&Dialog, T) + Send + 'static,
    ) {
        let dialog = self.clone();
        std::thread::spawn(move || {
            let outcome = long();
            let window = dialog.window.clone();
            window.run_ui_thread(move || {
                then(&dialog, outcome);
                Ok(())
            });
        });
    }

    /// All that is entered, `Readonly` always, the rest where it is not empty; and what has no field here.
    fn pairs(&self) -> Pairs {
        let text = |edit: &gui::Edit| edit.text().unwrap_or_default().trim().to_owned();
        let mut pairs = vec![("DSN".to_owned(), text(&self.name)), ("Description".to_owned(), text(&self.description))];
        let entered = self.fields.iter().map(|field| (field.property.name.to_owned(), field.value()));
        pairs.extend(entered);
        pairs.retain(|(_, value)| !value.is_empty());
        pairs.push(("Readonly".to_owned(), self.read_only.is_checked().to_string()));
        entered::whole(&self.known, pairs)
    }

    /// What is to be kept, checked as the driver would.
    fn checked(&self) -> Result<Pairs> {
        let pairs = self.pairs();
        if self.is_named {
            let name = self.name.text().unwrap_or_default().trim().to_owned();
            check_name(&name)?;
            check_free(&name, self.edited.as_deref())?;
        }
        entered::fit(pairs, self.is_named, self.sign_in.is_done())
    }

    /// Connects as any application would.
    fn try_out(&self) {
        let mut pairs = self.pairs();
        pairs.retain(|(key, _)| key != "DSN" && key != "Description");
        pairs.insert(0, ("Driver".to_owned(), DRIVER.to_owned()));
        self.say("Connecting ...");
        self.in_background(
            move || query::who(&exact_client::settings::connection_string(&pairs)),
            |dialog, found| match found {
                Ok(found) => dialog.say(&format!("It works: {found}")),
                Err(error) => dialog.say(&format!("{error:#}")),
            },
        );
    }

    /// Lists the divisions of a stored sign-in, if there is one, and chooses the one that it was stored with.
    fn offer_divisions(&self) {
        let mut pairs = self.pairs();
        pairs.retain(|(key, _)| !matches!(key.as_str(), "DSN" | "Description" | "Division"));
        let found = move || -> Result<_> {
            let (settings, _) = Settings::from_pairs(&pairs, &[])?;
            Ok((session::divisions(&settings)?, session::stored_division(&settings).ok()))
        };
        self.in_background(found, |dialog, found| {
            let Ok((divisions, stored)) = found else { return };
            for field in dialog.fields.iter().filter(|field| field.property.name == "Division") {
                field.offer(divisions.iter().map(|one| format!("{} - {}", one.code, one.name)).collect());
                if let (true, Some(stored)) = (field.value().is_empty(), stored) {
                    field.set(&stored.to_string());
                }
            }
        });
    }
}
