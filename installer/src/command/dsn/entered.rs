//! What a person has entered for a data source in a window, checked and made fit to be kept.

use anyhow::{Result, bail};
use exact_client::settings::{self, DivisionSetting, Group, Settings};

use crate::manager::Pairs;

const SECRET: &str = "OAuthClientSecret";

/// What was entered, and of what was known before that for which the window has no field. The driver is named by
/// whoever writes the data source.
pub fn whole(known: &Pairs, mut entered: Pairs) -> Pairs {
    let has_field = |key: &str| settings::find(key).is_some_and(|property| property.group != Group::Accepted);
    let is_of_the_window = |key: &str| ["DSN", "Driver", "Description"].iter().any(|one| one.eq_ignore_ascii_case(key));
    let kept = known.iter().filter(|(key, _)| !has_field(key) && !is_of_the_window(key));
    entered.extend(kept.cloned());
    entered
}

/// Checks what was entered as the driver would. A data source names its division (product.md section 3) and never holds
/// the client secret: the sign-in keeps that, protected, and without a sign-in it is refused.
pub fn fit(mut pairs: Pairs, is_data_source: bool, is_signed_in: bool) -> Result<Pairs> {
    let (found, _) = Settings::from_pairs(&pairs, &[])?;
    if found.division == DivisionSetting::Current {
        bail!(
            "Choose a division on the page Company: sign in first, then it lists your companies. Or type the number that stands in the \
             address bar of Exact Online after \"division=\"."
        );
    }
    if is_signed_in {
        pairs.retain(|(key, _)| key != SECRET);
    }
    if is_data_source && pairs.iter().any(|(key, _)| key == SECRET) {
        bail!(
            "The client secret is not written into a data source, where others could read it. Choose Sign in, which keeps it protected, \
             or empty the field."
        );
    }
    Ok(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(of: &[(&str, &str)]) -> Pairs {
        of.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn what_has_no_field_stays_and_what_was_emptied_is_gone() {
        let known = pairs(&[
            ("DSN", "Books"),
            ("driver", "exactodbc.dll"),
            ("Description", "old"),
            ("Database", "1"),
            ("Timeout", "5"),
            ("Location", "somewhere"),
            ("Colour", "red"),
        ]);
        let entered = pairs(&[("DSN", "Books"), ("Division", "2")]);
        let expected = [("DSN", "Books"), ("Division", "2"), ("Location", "somewhere"), ("Colour", "red")];
        assert_eq!(whole(&known, entered), pairs(&expected));
    }

    #[test]
    fn a_division_must_be_chosen() {
        for entered in [&[][..], &[("Division", "")]] {
            for is_data_source in [true, false] {
                let text = fit(pairs(entered), is_data_source, true).unwrap_err().to_string();
                assert!(text.contains("sign in first"), "{text}");
            }
        }
        for division in ["5512", "5512,5513", "ALL"] {
            fit(pairs(&[("Division", division)]), true, false).unwrap();
        }
        assert!(fit(pairs(&[("Division", "mine")]), true, false).unwrap_err().to_string().contains("Division"));
    }

    #[test]
    fn a_client_secret_is_never_written() {
        let entered = pairs(&[("Division", "5512"), ("OAuthClientSecret", "geheim")]);
        assert_eq!(fit(entered.clone(), true, true).unwrap(), pairs(&[("Division", "5512")]));
        let text = fit(entered.clone(), true, false).unwrap_err().to_string();
        assert!(text.contains("Choose Sign in") && !text.contains("geheim"), "{text}");
        // The connection of an application that gave it.
        assert_eq!(fit(entered.clone(), false, false).unwrap(), entered);
    }
}
