//! A function ready to be called: its declaration and its body, checked against each other. What was found
//! out is kept for the session, until the function or its UDF changes.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use pgrx::pg_sys;
use quidditch_query::nearest;
use quidditch_sandbox::{Module, Parameters, Refused, Signature, Type};

use super::body::{Body, DEFAULT_EXPORT, Reference, Source};
use super::declaration::{self, Declaration, Identity, Row};
use super::types::SqlType;
use crate::report::{Code, Report};
use crate::settings::{self, RequireSignature};
use crate::udf::parameters::{self, Declared};
use crate::udf::register;
use crate::udf::registry::{self, Udf, Unusable};
use crate::udf::signature;

/// Functions that a session keeps.
const MOST_FUNCTIONS: usize = 200;

/// A function whose declaration fits its body.
pub struct Function {
    /// `name(types)`, for messages.
    pub label: String,
    pub udf: Rc<Udf>,
    /// Whether the first argument is the document.
    pub has_document: bool,
    pub arguments: Vec<Argument>,
    pub result: SqlType,
}

/// An argument that is a parameter.
pub struct Argument {
    pub declared: declaration::Declared,
    /// Which of the UDF's.
    pub parameter: usize,
}

/// What a session knows of a function.
struct Known {
    identity: Identity,
    origin: Origin,
    function: Rc<Function>,
}

/// Where a function's module came from.
enum Origin {
    Catalog {
        name: String,
        version: Option<String>,
        udf: Rc<Udf>,
    },
    /// Compiled under these settings.
    Body {
        max_stack: usize,
        require_signature: RequireSignature,
    },
}

thread_local! {
    static KNOWN: RefCell<HashMap<pg_sys::Oid, Rc<Known>>> = RefCell::default();
}

impl Function {
    /// The function of that oid, for the current user.
    ///
    /// # Errors
    /// Everything that [`check`](Self::check) finds: the function may have been made without it, and its UDF
    /// may be gone.
    pub fn of(oid: pg_sys::Oid) -> Result<Rc<Self>, Report> {
        let row = Row::of(oid)?;
        let known = KNOWN.with_borrow(|all| all.get(&oid).cloned());
        if let Some(known) = known
            && known.identity == row.identity()
            && known.origin.is_current()?
        {
            return Ok(Rc::clone(&known.function));
        }
        let (origin, function) = Self::new(&row)?;
        let function = Rc::new(function);
        let known = Known {
            identity: row.identity(),
            origin,
            function: Rc::clone(&function),
        };
        KNOWN.with_borrow_mut(|all| {
            if all.len() >= MOST_FUNCTIONS {
                all.clear();
            }
            all.insert(oid, Rc::new(known));
        });
        Ok(function)
    }

    /// Checks all there is of a function.
    pub fn check(row: &Row) -> Result<(), Report> {
        Self::new(row).map(|_| ())
    }

    fn new(row: &Row) -> Result<(Origin, Self), Report> {
        let declaration = row.declaration()?;
        let source = row.source()?;
        match Body::parse(&source)? {
            Body::Reference(reference) => of_udf(reference, declaration),
            Body::Module(source) => of_module(&source, declaration),
        }
    }

    /// The parameters of a call, before the arguments are put into their places.
    pub fn parameters(&self) -> Parameters {
        parameters::defaults(&self.udf.declared)
    }
}

impl Origin {
    /// Whether the same would be found now. Asked for each statement, as the answer depends on the catalog and
    /// on the user.
    fn is_current(&self) -> Result<bool, Report> {
        Ok(match self {
            Origin::Catalog { name, version, udf } => {
                Rc::ptr_eq(&registry::resolve(name, version.as_deref())?, udf)
            }
            Origin::Body {
                max_stack,
                require_signature,
            } => {
                *max_stack == settings::max_stack()
                    && *require_signature == settings::require_signature()
            }
        })
    }
}

fn of_udf(
    reference: Reference<'_>,
    declaration: Declaration,
) -> Result<(Origin, Function), Report> {
    let Reference { name, version, .. } = reference;
    if declaration.is_immutable && version.is_none() {
        let what =
            format!("it is IMMUTABLE, but {name:?} without a version means whichever is latest");
        let hint = "Write name@version, or declare the function STABLE.";
        return Err(declaration.misfit(what).hint(hint));
    }
    let registered = registry::resolve(name, version)?;
    let udf = match reference.export {
        None => Rc::clone(&registered),
        Some(export) => {
            let signature = Signature {
                parameters: registered.declared.iter().map(|d| d.ty).collect(),
                returns: declaration.result.result(),
            };
            let entry = registered.module.entry(export, &signature);
            let entry = entry.map_err(|refused| declaration.unfit(refused))?;
            if export != registered.function {
                let what = format!(
                    "function {} calls the export {export:?} of UDF {}, for which nobody signs",
                    declaration.label, registered.label
                );
                signature::without(&declaration.label, what)?;
            }
            Rc::new(registered.at(export, entry))
        }
    };
    let parameters = parameters_of_udf(&declaration, &udf)?;
    let origin = Origin::Catalog {
        name: name.to_owned(),
        version: version.map(str::to_owned),
        udf: registered,
    };
    Ok((origin, function(declaration, udf, parameters)?))
}

/// Which parameter of a UDF each argument is: the one of its name, or for one without a name that in its place.
fn parameters_of_udf(declaration: &Declaration, udf: &Udf) -> Result<Vec<usize>, Report> {
    let (label, declared) = (&udf.label, &udf.declared);
    let mut found = Vec::with_capacity(declaration.arguments.len());
    for (i, argument) in declaration.arguments.iter().enumerate() {
        let title = argument.title();
        let parameter = match argument.name.as_str() {
            "" => Some(i).filter(|i| *i < declared.len()),
            name => declared.iter().position(|d| d.name == name),
        };
        let Some(parameter) = parameter else {
            let mut what = format!("{title} is no parameter of UDF {label}");
            if let Some(near) = nearest(&argument.name, declared.iter().map(|d| d.name.as_str())) {
                what += &format!(", did you mean {near:?}?");
            }
            return Err(declaration.misfit(what).hint(parameters::list(declared)));
        };
        let Declared { name, ty, .. } = &declared[parameter];
        if found.contains(&parameter) {
            let what =
                format!("{title} is the parameter {name:?}, which another argument is already");
            return Err(declaration.misfit(what));
        }
        if !argument.ty.is_argument_for(*ty) {
            let what = format!(
                "{title} is of type {}, but the parameter {name:?} of UDF {label} is of type {ty}",
                argument.ty.name()
            );
            return Err(declaration.misfit(what).hint(parameters::list(declared)));
        }
        found.push(parameter);
    }
    let missing = (0..declared.len()).find(|i| declared[*i].required && !found.contains(i));
    if let Some(missing) = missing {
        let Declared { name, ty, .. } = &declared[missing];
        let what = format!("UDF {label} needs the parameter {name:?} of type {ty}");
        return Err(declaration.misfit(what).hint(parameters::list(declared)));
    }
    Ok(found)
}

fn of_module(source: &Source<'_>, declaration: Declaration) -> Result<(Origin, Function), Report> {
    let label = &declaration.label;
    let what = format!("function {label} carries a module, for which nobody signs");
    signature::without(label, what)?;
    let module =
        registry::uncatalogued(&declaration.label, &source.module()?).map_err(|unusable| {
            match unusable {
                Unusable::Refused(refused) => register::refused(refused),
                Unusable::Failed(report) => report,
            }
        })?;
    register::check_memory("the module", &module, None)?;
    let export = source.export.unwrap_or(DEFAULT_EXPORT);
    let types = types_for_export(&declaration, &module, export)?;
    let signature = Signature {
        parameters: types.clone(),
        returns: declaration.result.result(),
    };
    let entry = module.entry(export, &signature);
    let entry = entry.map_err(|refused| declaration.unfit(refused))?;
    if entry.returns() == Type::String && !module.imports().any(|name| name == "set_result_string")
    {
        let name = declaration.result.name();
        let what =
            format!("it returns {name}, but the module doesn't import \"set_result_string\"");
        return Err(declaration.misfit(what));
    }
    let mut declared = Vec::with_capacity(types.len());
    for (argument, ty) in declaration.arguments.iter().zip(types) {
        // What the module can't ask for must be an argument of the export, where NULL is no value.
        let is_passed = entry.is_typed() && ty != Type::String;
        if argument.name.is_empty() && !is_passed {
            let what = format!("{} has no name for the module to ask for", argument.title());
            return Err(declaration.misfit(what));
        }
        declared.push(Declared {
            name: argument.name.clone(),
            ty,
            required: is_passed,
            default: None,
        });
    }
    let parameters = (0..declared.len()).collect();
    let label = declaration.label.clone();
    let udf = Rc::new(Udf::uncatalogued(label, module, export, entry, declared));
    let origin = Origin::Body {
        max_stack: settings::max_stack(),
        require_signature: settings::require_signature(),
    };
    Ok((origin, function(declaration, udf, parameters)?))
}

/// The types of the arguments as parameters: what the export takes, if it takes all but the texts, else what is
/// nearest to their SQL types.
fn types_for_export(
    declaration: &Declaration,
    module: &Module,
    export: &str,
) -> Result<Vec<Type>, Report> {
    let is_passed = |ty: SqlType| ty != SqlType::Text;
    let arguments = &declaration.arguments;
    let count = arguments.iter().filter(|a| is_passed(a.ty)).count();
    let taken = module.arguments(export).unwrap_or_default();
    if count == 0 || taken.len() != count {
        return Ok(arguments.iter().map(|a| a.ty.parameter()).collect());
    }
    let mut taken = taken.into_iter();
    let each = arguments.iter().map(|argument| {
        if !is_passed(argument.ty) {
            return Ok(Type::String);
        }
        let ty = match (taken.next().unwrap_or(Type::I32), argument.ty) {
            (Type::I32, SqlType::Boolean) => Type::Bool,
            (ty, _) => ty,
        };
        match argument.ty.is_argument_for(ty) {
            true => Ok(ty),
            false => Err(declaration.misfit(format!(
                "{} is of type {}, but export {export:?} takes an {ty} there",
                argument.title(),
                argument.ty.name()
            ))),
        }
    });
    each.collect()
}

/// Puts a function together, if its result is one that the UDF can have.
fn function(
    declaration: Declaration,
    udf: Rc<Udf>,
    parameters: Vec<usize>,
) -> Result<Function, Report> {
    let (entry, result) = (&udf.entry, declaration.result);
    if !result.is_result_of(entry.returns(), !entry.is_declared()) {
        let (returns, label) = (entry.returns(), &udf.label);
        let name = result.name();
        let what = match label == &declaration.label {
            true => format!("it returns {name}, but the export returns {returns}"),
            false => format!("it returns {name}, but UDF {label} returns {returns}"),
        };
        return Err(declaration.misfit(what));
    }
    let arguments = declaration.arguments.into_iter().zip(parameters);
    Ok(Function {
        label: declaration.label,
        udf,
        has_document: declaration.has_document,
        arguments: arguments
            .map(|(declared, parameter)| Argument {
                declared,
                parameter,
            })
            .collect(),
        result,
    })
}

impl Declaration {
    /// The error for a declaration that the body contradicts.
    fn misfit(&self, what: impl AsRef<str>) -> Report {
        let message = format!(
            "function {} doesn't fit its body: {}",
            self.label,
            what.as_ref()
        );
        Report::new(Code::ERRCODE_INVALID_FUNCTION_DEFINITION, message)
    }

    /// The same for an export that there isn't, or that has another type.
    fn unfit(&self, refused: Refused) -> Report {
        let report = self.misfit(refused.problems.join("; "));
        match refused.hint {
            Some(hint) => report.hint(hint),
            None => report,
        }
    }
}
