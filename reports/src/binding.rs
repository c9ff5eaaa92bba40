//! The bindery: sheets that were printed one by one become one document.

use lopdf::{Dictionary, Document, Object, dictionary};

/// One document with the pages of all sheets in their order.
pub(crate) fn bound(sheets: Vec<Vec<u8>>) -> lopdf::Result<Vec<u8>> {
    let mut whole = Document::with_version("1.7");
    let tree = whole.new_object_id();
    let mut pages: Vec<Object> = Vec::new();
    for sheet in sheets {
        let mut sheet = Document::load_mem(&sheet)?;
        sheet.renumber_objects_with(whole.max_id + 1);
        whole.max_id = sheet.max_id;
        for page in sheet.get_pages().into_values() {
            sheet.get_object_mut(page)?.as_dict_mut()?.set("Parent", tree);
            pages.push(page.into());
        }
        if whole.trailer.get(b"Info").is_err()
            && let Ok(about) = sheet.trailer.get(b"Info")
        {
            whole.trailer.set("Info", about.clone());
        }
        // Each sheet's own list of its pages is not needed any more.
        let kept = sheet.objects.into_iter().filter(|(_, object)| !(is(object, b"Pages") || is(object, b"Catalog")));
        whole.objects.extend(kept);
    }
    let count = i64::try_from(pages.len()).unwrap_or(i64::MAX);
    whole.set_object(tree, dictionary! { "Type" => "Pages", "Kids" => pages, "Count" => count });
    let shown = dictionary! { "DisplayDocTitle" => true };
    let catalog = dictionary! { "Type" => "Catalog", "Pages" => tree, "ViewerPreferences" => shown, "Lang" => Object::string_literal("en") };
    let catalog = whole.add_object(catalog);
    whole.trailer.set("Root", catalog);
    let mut bytes = Vec::new();
    whole.save_modern(&mut bytes)?;
    Ok(bytes)
}

fn is(object: &Object, kind: &[u8]) -> bool {
    object.as_dict().and_then(Dictionary::get_type).is_ok_and(|found| found == kind)
}
