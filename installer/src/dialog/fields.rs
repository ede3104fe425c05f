//! A control for each connection property, on a page for each group of their table.

use exact_client::settings::{self, Group, PROPERTIES, Property, PropertyType, Settings};
use winsafe::prelude::*;
use winsafe::{co, gui};

use super::{edit_box, label};
use crate::manager::Pairs;

const GROUPS: [(&str, Group); 7] = [
    ("Company", Group::Company),
    ("Sign-in", Group::SignIn),
    ("Tables", Group::Tables),
    ("Types", Group::Types),
    ("Limits", Group::Limits),
    ("Network", Group::Network),
    ("Writing and log", Group::Logging),
];
const ROW: i32 = 33;

/// One page.
pub struct Page {
    pub title: &'static str,
    pub group: Group,
    pub window: gui::TabPage,
    pub fields: Vec<Field>,
}

/// One property and its control.
#[derive(Clone)]
pub struct Field {
    pub property: &'static Property,
    control: Control,
}

#[derive(Clone)]
enum Control {
    Text(gui::Edit),
    Choice(gui::ComboBox),
}

/// The pages, filled with what is known.
pub fn pages(window: &gui::WindowMain, known: &Pairs) -> Vec<Page> {
    let page = |(title, group): (&'static str, Group)| {
        let background = gui::Brush::Color(co::COLOR::BTNFACE);
        let page = gui::TabPage::new(window, gui::TabPageOpts { class_bg_brush: background, ..Default::default() });
        let shown = PROPERTIES.iter().filter(|property| place(property) == Some(group));
        let rows = shown.zip((0..).map(|row| 12 + row * ROW));
        let fields = rows.map(|(property, y)| Field::build(&page, property, y, &value(property, known))).collect();
        Page { title, group, window: page, fields }
    };
    GROUPS.into_iter().map(page).collect()
}

/// The page of a property; the switch for read-only stands on the window itself.
fn place(property: &Property) -> Option<Group> {
    match property.group {
        _ if property.name == "Readonly" => None,
        Group::Accepted => None,
        Group::Writing => Some(Group::Logging),
        group => Some(group),
    }
}

fn value(property: &Property, known: &Pairs) -> String {
    let is_it = |key: &str| settings::find(key).is_some_and(|one| one.name == property.name);
    let value = known.iter().find(|(key, _)| is_it(key)).map(|(_, value)| value.as_str()).unwrap_or_default();
    if property.name == "Region" && !value.is_empty() {
        // Listed by its name, and often written by its abbreviation.
        let read = Settings::from_pairs(&[("Region".to_owned(), value.to_owned())], &[]);
        return read.map_or_else(|_| value.to_owned(), |(settings, _)| settings.region.to_owned());
    }
    value.to_owned()
}

/// Whether a switch is written so that it is off.
pub fn is_off(value: &str) -> bool {
    ["false", "off", "no", "0"].iter().any(|word| word.eq_ignore_ascii_case(value.trim()))
}

impl Field {
    fn build(page: &gui::TabPage, property: &'static Property, y: i32, value: &str) -> Field {
        label(page, property.name, (12, y + 3), (150, 18));
        // Two lines: the first sentence.
        let help = property.help.split(". ").next().unwrap_or_default();
        label(page, help, (384, y - 3), (340, 30));
        let control = match property.property_type {
            PropertyType::Choice => choice(page, &words(property), y, value, co::CBS::DROPDOWNLIST),
            PropertyType::Switch => {
                choice(page, &["true".into(), "false".into()], y, switch(value), co::CBS::DROPDOWNLIST)
            }
            _ if property.name == "Division" => choice(page, &[], y, value, co::CBS::DROPDOWN),
            _ if property.secret => Control::Text(gui::Edit::new(
                page,
                gui::EditOpts {
                    text: value,
                    position: gui::dpi(165, y),
                    width: gui::dpi_x(210),
                    control_style: co::ES::AUTOHSCROLL | co::ES::PASSWORD,
                    ..Default::default()
                },
            )),
            _ => Control::Text(edit_box(page, value, (165, y), 210)),
        };
        let field = Field { property, control };
        if property.name == "Division" {
            let (filled, text) = (field.clone(), value.to_owned());
            page.on().wm_create(move |_| {
                filled.set(&text);
                Ok(0)
            });
        }
        field
    }

    /// What is entered; empty if nothing is.
    pub fn value(&self) -> String {
        let text = match &self.control {
            Control::Text(edit) => edit.text().unwrap_or_default(),
            Control::Choice(choice) => choice.hwnd().GetWindowText().unwrap_or_default(),
        };
        let text = text.trim();
        // A division is listed with its name.
        let code = text.split_once(" - ").map_or(text, |(code, _)| code);
        if self.property.name == "Division" { code } else { text }.to_owned()
    }

    /// Enters a text, where one can be typed.
    pub fn set(&self, text: &str) {
        let window = match &self.control {
            Control::Text(edit) => edit.hwnd(),
            Control::Choice(choice) => choice.hwnd(),
        };
        // What cannot be entered stays to be typed.
        let _ = window.SetWindowText(text);
    }

    /// Offers texts to choose from, and leaves what is entered.
    pub fn offer(&self, texts: Vec<String>) {
        if let Control::Choice(choice) = &self.control {
            let entered = self.value();
            choice.items().delete_all();
            // A list that cannot be filled leaves the field to be typed into.
            let _ = choice.items().add(&texts);
            self.set(&entered);
        }
    }
}

/// A country is listed by its name, not by its abbreviation as well.
fn words(property: &Property) -> Vec<String> {
    let is_country = property.name == "Region";
    property.allowed.iter().filter(|word| !is_country || word.len() > 2).map(|word| (*word).to_owned()).collect()
}

fn switch(value: &str) -> &str {
    match value {
        "" => "",
        value if is_off(value) => "false",
        _ => "true",
    }
}

/// The first entry is empty: the default.
fn choice(page: &gui::TabPage, words: &[String], y: i32, value: &str, style: co::CBS) -> Control {
    let items: Vec<&str> = std::iter::once("").chain(words.iter().map(String::as_str)).collect();
    let chosen = items.iter().position(|item| item.eq_ignore_ascii_case(value));
    let options = gui::ComboBoxOpts {
        position: gui::dpi(165, y),
        width: gui::dpi_x(210),
        control_style: style,
        items: &items,
        selected_item: chosen.and_then(|chosen| u32::try_from(chosen).ok()),
        ..Default::default()
    };
    Control::Choice(gui::ComboBox::new(page, options))
}
