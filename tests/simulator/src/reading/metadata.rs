//! `$metadata`: the EDMX document of one service (fact sheet 1.4).

use std::fmt::Write;

use super::atom::escape;
use crate::catalog::{Catalog, Edm, Endpoint};
use crate::reply::Reply;

/// The document of a service, from the catalog.
pub fn document(service: &str) -> Reply {
    let endpoints: Vec<&Endpoint> = Catalog::get().in_service(service);
    let mut out = String::from(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><edmx:Edmx Version=\"1.0\" \
         xmlns:edmx=\"http://schemas.microsoft.com/ado/2007/06/edmx\"><edmx:DataServices \
         xmlns:m=\"http://schemas.microsoft.com/ado/2007/08/dataservices/metadata\" m:DataServiceVersion=\"2.0\">\
         <Schema Namespace=\"Exact.Web.Api.Models\" xmlns=\"http://schemas.microsoft.com/ado/2008/09/edm\">",
    );
    for endpoint in &endpoints {
        entity_type(&mut out, endpoint);
    }
    out.push_str("<EntityContainer Name=\"Context\" m:IsDefaultEntityContainer=\"true\">");
    for endpoint in &endpoints {
        let (set, type_name) = (&endpoint.entity, endpoint.type_name());
        // Writing to a string does not fail.
        let _ = write!(out, "<EntitySet Name=\"{set}\" EntityType=\"{type_name}\"/>");
    }
    out.push_str("</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>");
    Reply::new(200, "application/xml; charset=utf-8", out.into_bytes())
}

fn entity_type(out: &mut String, endpoint: &Endpoint) {
    let name = endpoint.type_name();
    let short = name.rsplit('.').next().unwrap_or(&name);
    let _ = write!(out, "<EntityType Name=\"{}\"><Key>", escape(short));
    for property in endpoint.keys.iter().filter_map(|key| endpoint.properties.get(*key)) {
        let _ = write!(out, "<PropertyRef Name=\"{}\"/>", property.name);
    }
    out.push_str("</Key>");
    for property in &endpoint.properties {
        let _ = match property.edm {
            Edm::Collection => write!(
                out,
                "<NavigationProperty Name=\"{0}\" Relationship=\"Exact.Web.Api.Models.{short}_{0}\" \
                 FromRole=\"{short}\" ToRole=\"{0}\"/>",
                property.name
            ),
            Edm::Complex => {
                write!(out, "<Property Name=\"{}\" Type=\"Exact.Web.Api.Models.HRM.DivisionClass\"/>", property.name)
            }
            edm => write!(
                out,
                "<Property Name=\"{}\" Type=\"{}\" Nullable=\"{}\"/>",
                property.name,
                edm.name(),
                !property.is_key
            ),
        };
    }
    out.push_str("</EntityType>");
}
