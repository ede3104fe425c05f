//! The service's own description of its entities, `$metadata` (fact sheet 1.4).

use roxmltree::{Document, Node};

/// The properties of an entity set in the document of its service; `None` if they are not described there.
pub(crate) fn properties(document: &str, entity_set: &str) -> Option<Vec<String>> {
    let document = Document::parse(document.trim_start_matches('\u{feff}')).ok()?;
    let elements = |tag: &'static str| document.descendants().filter(move |node| node.tag_name().name() == tag);
    let set = elements("EntitySet").find(|set| set.attribute("Name") == Some(entity_set))?;
    let mut wanted = set.attribute("EntityType").map(short);
    let mut names = Vec::new();
    // Types inherit from one another; there are never more of them than elements.
    for _ in elements("EntityType") {
        let Some(name) = wanted else { break };
        let found = elements("EntityType").find(|one| one.attribute("Name") == Some(name))?;
        names.extend(found.children().filter(is_property).filter_map(|one| one.attribute("Name")).map(str::to_owned));
        wanted = found.attribute("BaseType").map(short);
    }
    (!names.is_empty()).then_some(names)
}

fn is_property(node: &Node<'_, '_>) -> bool {
    matches!(node.tag_name().name(), "Property" | "NavigationProperty")
}

fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_set_has_the_properties_of_its_type_and_of_those_above_it() {
        let document = r#"<?xml version="1.0" encoding="utf-8"?>
            <edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"><edmx:DataServices>
            <Schema Namespace="Exact.Web.Api.Models" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
            <EntityType Name="Base"><Property Name="ID" Type="Edm.Guid"/></EntityType>
            <EntityType Name="Account" BaseType="Exact.Web.Api.Models.Base"><Key><PropertyRef Name="ID"/></Key>
            <Property Name="Name" Type="Edm.String"/><NavigationProperty Name="BankAccounts"/></EntityType>
            <EntityContainer Name="Context"><EntitySet Name="Accounts" EntityType="Exact.Web.Api.Models.Account"/>
            <EntitySet Name="Lost" EntityType="Exact.Web.Api.Models.Nothing"/></EntityContainer></Schema>
            </edmx:DataServices></edmx:Edmx>"#;
        assert_eq!(properties(document, "Accounts").unwrap(), ["Name", "BankAccounts", "ID"]);
        assert_eq!(properties(document, "Lost"), None);
        assert_eq!(properties(document, "Items"), None);
        assert_eq!(properties("<html>", "Accounts"), None);
        let circle =
            document.replace("<EntityType Name=\"Base\">", "<EntityType Name=\"Base\" BaseType=\"X.Account\">");
        assert!(properties(&circle, "Accounts").is_some(), "it ends");
    }
}
