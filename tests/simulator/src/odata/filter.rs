//! `$filter`: from text to a checked expression (fact sheet 3.2).

use std::cmp::Ordering;

use super::literal::{self, Form, Literal};
use crate::catalog::{Edm, Endpoint};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Eq,
    Ne,
    Gt,
    Ge,
    Lt,
    Le,
}

impl Operator {
    fn parse(word: &str) -> Option<Operator> {
        Some(match word {
            "eq" => Operator::Eq,
            "ne" => Operator::Ne,
            "gt" => Operator::Gt,
            "ge" => Operator::Ge,
            "lt" => Operator::Lt,
            "le" => Operator::Le,
            _ => return None,
        })
    }

    pub fn holds(self, order: Ordering) -> bool {
        match self {
            Operator::Eq => order == Ordering::Equal,
            Operator::Ne => order != Ordering::Equal,
            Operator::Gt => order == Ordering::Greater,
            Operator::Ge => order != Ordering::Less,
            Operator::Lt => order == Ordering::Less,
            Operator::Le => order != Ordering::Greater,
        }
    }

    /// The operator with its sides exchanged.
    fn flipped(self) -> Operator {
        match self {
            Operator::Gt => Operator::Lt,
            Operator::Ge => Operator::Le,
            Operator::Lt => Operator::Gt,
            Operator::Le => Operator::Ge,
            same => same,
        }
    }
}

/// The left side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    Column(usize),
    Lower(Box<Operand>),
    Upper(Box<Operand>),
    Trim(Box<Operand>),
    IndexOf(Box<Operand>, String),
    Contains(Box<Operand>, String),
    StartsWith(Box<Operand>, String),
    EndsWith(Box<Operand>, String),
    Literal(Literal),
}

/// A condition over the columns of an endpoint.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    And(Box<Filter>, Box<Filter>),
    Or(Box<Filter>, Box<Filter>),
    Not(Box<Filter>),
    Compare { left: Operand, operator: Operator, right: Literal },
}

impl Filter {
    /// Every column that the condition looks at.
    pub fn columns(&self) -> Vec<usize> {
        match self {
            Filter::And(left, right) | Filter::Or(left, right) => [left.columns(), right.columns()].concat(),
            Filter::Not(inner) => inner.columns(),
            Filter::Compare { left, .. } => left.column().into_iter().collect(),
        }
    }
}

impl Operand {
    pub fn column(&self) -> Option<usize> {
        match self {
            Operand::Column(column) => Some(*column),
            Operand::Lower(inner) | Operand::Upper(inner) | Operand::Trim(inner) => inner.column(),
            Operand::IndexOf(inner, _)
            | Operand::Contains(inner, _)
            | Operand::StartsWith(inner, _)
            | Operand::EndsWith(inner, _) => inner.column(),
            Operand::Literal(_) => None,
        }
    }
}

/// Why a filter is refused: the status, and the text.
#[derive(Debug, PartialEq)]
pub struct Refusal {
    pub status: u16,
    pub text: String,
}

fn refusal<T>(text: String) -> Result<T, Refusal> {
    Err(Refusal { status: 400, text })
}

/// What the dialect allows.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    pub substring_functions: bool,
    pub date_only_literals: bool,
}

/// Reads a filter on an endpoint's columns.
pub fn parse(text: &str, endpoint: &Endpoint, dialect: Dialect) -> Result<Filter, Refusal> {
    let tokens = tokenize(text, dialect)?;
    let mut parser = Parser { tokens, at: 0, endpoint, dialect, depth: 0 };
    let filter = parser.any()?;
    match parser.peek() {
        None => Ok(filter),
        Some(_) => parser.syntax(),
    }
}

#[derive(Clone, Debug, PartialEq)]
enum Token {
    Word(String),
    Literal(Literal),
    Open,
    Close,
    Comma,
}

fn tokenize(text: &str, dialect: Dialect) -> Result<Vec<(usize, Token)>, Refusal> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(character) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let single = match character {
            '(' => Some(Token::Open),
            ')' => Some(Token::Close),
            ',' => Some(Token::Comma),
            _ => None,
        };
        if let Some(token) = single {
            tokens.push((at, token));
            at += 1;
        } else if character.is_whitespace() {
            at += character.len_utf8();
        } else {
            let (token, end) = word_or_literal(text, at, dialect)?;
            tokens.push((at, token));
            at = end;
        }
    }
    Ok(tokens)
}

/// A word, a number, or a quoted literal with its prefix.
fn word_or_literal(text: &str, start: usize, dialect: Dialect) -> Result<(Token, usize), Refusal> {
    let syntax = || Refusal { status: 400, text: format!("Syntax error at position {start}.") };
    let rest = text.get(start..).unwrap_or_default();
    let word_end = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')' | ',' | '\'')).unwrap_or(rest.len());
    let word = rest.get(..word_end).unwrap_or_default();
    if !rest.get(word_end..).unwrap_or_default().starts_with('\'') {
        let token = literal::unquoted(word).map_or_else(|| Token::Word(word.to_owned()), Token::Literal);
        let is_word = |token: &Token| match token {
            Token::Word(word) => word.starts_with(|c: char| c.is_alphabetic() || c == '_'),
            _ => true,
        };
        return if is_word(&token) { Ok((token, start + word_end)) } else { Err(syntax()) };
    }
    let mut content = String::new();
    let mut characters = rest.get(word_end + 1..).unwrap_or_default().char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if character != '\'' {
            content.push(character);
        } else if characters.next_if(|(_, next)| *next == '\'').is_some() {
            content.push('\'');
        } else {
            let is_date_only = word == "datetime" && content.len() == 10 && !dialect.date_only_literals;
            let literal = literal::quoted_literal(word, &content).filter(|_| !is_date_only).ok_or_else(syntax)?;
            return Ok((Token::Literal(literal), start + word_end + 1 + at + 1));
        }
    }
    refusal(format!("There is an unterminated literal at position {}.", text.chars().count()))
}

/// An operand, and what it may be compared with.
struct Typed {
    operand: Operand,
    edm: Edm,
    is_function: bool,
}

struct Parser<'a> {
    tokens: Vec<(usize, Token)>,
    at: usize,
    endpoint: &'a Endpoint,
    dialect: Dialect,
    depth: usize,
}

/// Deeper nesting is refused, as the service's parser does.
const MAX_DEPTH: usize = 200;

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, token)| token)
    }

    fn position(&self) -> usize {
        self.tokens.get(self.at).or(self.tokens.last()).map_or(0, |(position, _)| *position)
    }

    fn syntax<T>(&self) -> Result<T, Refusal> {
        refusal(format!("Syntax error at position {}.", self.position()))
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(found)) if found == word);
        self.at += usize::from(found);
        found
    }

    fn expect(&mut self, token: &Token) -> Result<(), Refusal> {
        if self.peek() == Some(token) {
            self.at += 1;
            return Ok(());
        }
        self.syntax()
    }

    fn any(&mut self) -> Result<Filter, Refusal> {
        let mut left = self.all()?;
        while self.take_word("or") {
            left = Filter::Or(Box::new(left), Box::new(self.all()?));
        }
        Ok(left)
    }

    fn all(&mut self) -> Result<Filter, Refusal> {
        let mut left = self.unary()?;
        while self.take_word("and") {
            left = Filter::And(Box::new(left), Box::new(self.unary()?));
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Filter, Refusal> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return refusal("Recursion limit reached.".to_owned());
        }
        let filter = if self.take_word("not") {
            Filter::Not(Box::new(self.unary()?))
        } else if self.peek() == Some(&Token::Open) {
            self.at += 1;
            let inner = self.any()?;
            self.expect(&Token::Close)?;
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn comparison(&mut self) -> Result<Filter, Refusal> {
        let start = self.position();
        let left = self.operand()?;
        let operator = match self.peek() {
            Some(Token::Word(word)) => Operator::parse(word),
            None | Some(Token::Close) => {
                return refusal(format!("Expression of type 'System.Boolean' expected at position {start}."));
            }
            _ => None,
        };
        let Some(operator) = operator else {
            // A function or column that stands alone before `and`.
            let joined = matches!(self.peek(), Some(Token::Word(word)) if word == "and" || word == "or");
            return match joined {
                true => refusal(format!("Expression of type 'System.Boolean' expected at position {start}.")),
                false => self.syntax(),
            };
        };
        let position = self.position();
        self.at += 1;
        let right = self.operand()?;
        compare(left, operator, right, position)
    }

    fn operand(&mut self) -> Result<Typed, Refusal> {
        let position = self.position();
        match self.tokens.get(self.at).map(|(_, token)| token.clone()) {
            Some(Token::Literal(literal)) => {
                self.at += 1;
                Ok(Typed { operand: Operand::Literal(literal), edm: Edm::String, is_function: false })
            }
            Some(Token::Word(word)) => {
                self.at += 1;
                if self.peek() == Some(&Token::Open) {
                    self.call(&word, position)
                } else {
                    self.column(&word, position)
                }
            }
            _ => self.syntax(),
        }
    }

    fn column(&self, name: &str, position: usize) -> Result<Typed, Refusal> {
        let Some(column) = self.endpoint.column(name) else {
            let type_name = self.endpoint.type_name();
            return refusal(format!("No property '{name}' exists in type '{type_name}' at position {position}."));
        };
        let edm = self.endpoint.properties.get(column).map_or(Edm::String, |property| property.edm);
        Ok(Typed { operand: Operand::Column(column), edm, is_function: false })
    }

    fn call(&mut self, name: &str, position: usize) -> Result<Typed, Refusal> {
        self.expect(&Token::Open)?;
        let mut arguments = vec![self.operand()?];
        while self.peek() == Some(&Token::Comma) {
            self.at += 1;
            arguments.push(self.operand()?);
        }
        self.expect(&Token::Close)?;
        let is_substring = matches!(name, "substringof" | "startswith" | "endswith");
        if is_substring && !self.dialect.substring_functions {
            return Err(Refusal { status: 501, text: format!("The method or operation '{name}' is not implemented.") });
        }
        let first = (!arguments.is_empty()).then(|| arguments.remove(0));
        let second = (!arguments.is_empty()).then(|| arguments.remove(0));
        let typed = |operand, edm| Ok(Typed { operand, edm, is_function: true });
        match (name, first.and_then(text_column), second) {
            ("tolower", Some(Ok(inner)), None) => typed(Operand::Lower(Box::new(inner)), Edm::String),
            ("toupper", Some(Ok(inner)), None) => typed(Operand::Upper(Box::new(inner)), Edm::String),
            ("trim", Some(Ok(inner)), None) => typed(Operand::Trim(Box::new(inner)), Edm::String),
            ("substringof", Some(Err(text)), Some(second)) => match text_column(second) {
                Some(Ok(inner)) => typed(Operand::Contains(Box::new(inner), text), Edm::Boolean),
                _ => not_applicable(name, position),
            },
            ("indexof" | "startswith" | "endswith", Some(Ok(inner)), Some(second)) => match text_column(second) {
                Some(Err(text)) if name == "indexof" => typed(Operand::IndexOf(Box::new(inner), text), Edm::Int32),
                Some(Err(text)) if name == "startswith" => {
                    typed(Operand::StartsWith(Box::new(inner), text), Edm::Boolean)
                }
                Some(Err(text)) => typed(Operand::EndsWith(Box::new(inner), text), Edm::Boolean),
                _ => not_applicable(name, position),
            },
            ("tolower" | "toupper" | "trim" | "substringof" | "indexof" | "startswith" | "endswith", _, _) => {
                not_applicable(name, position)
            }
            _ => refusal(format!("Unknown function '{name}' at position {position}.")),
        }
    }
}

fn not_applicable<T>(name: &str, position: usize) -> Result<T, Refusal> {
    refusal(format!("No applicable function found for '{name}' at position {position} with the specified arguments."))
}

/// A text operand (`Ok`) or a text literal (`Err`); `None` for anything else.
fn text_column(typed: Typed) -> Option<Result<Operand, String>> {
    match typed.operand {
        Operand::Literal(Literal { value: crate::company::value::Value::Text(text), .. }) => {
            Some(Err(text.into_owned()))
        }
        Operand::Literal(_) => None,
        operand if typed.edm == Edm::String => Some(Ok(operand)),
        _ => None,
    }
}

/// Checks the types of both sides; one must be a literal (a column against a column fails).
fn compare(left: Typed, operator: Operator, right: Typed, position: usize) -> Result<Filter, Refusal> {
    let (typed, operator, literal) = match (left, right) {
        (typed, Typed { operand: Operand::Literal(literal), .. }) if !matches!(typed.operand, Operand::Literal(_)) => {
            (typed, operator, literal)
        }
        (Typed { operand: Operand::Literal(literal), .. }, typed) if !matches!(typed.operand, Operand::Literal(_)) => {
            (typed, operator.flipped(), literal)
        }
        _ => return refusal(format!("Only a column can be compared with a value, at position {position}.")),
    };
    let ordered = !matches!(operator, Operator::Eq | Operator::Ne);
    let fits = literal.form.fits(typed.edm) && !(ordered && typed.edm == Edm::Boolean && typed.is_function);
    if !fits || (ordered && literal.form == Form::Null) {
        let word = format!("{operator:?}").to_lowercase();
        return refusal(format!(
            "Operator '{word}' incompatible with operand types '{}' and '{}' at position {position}.",
            typed.edm.name().replace("Edm.", "System."),
            literal.form.name()
        ));
    }
    Ok(Filter::Compare { left: typed.operand, operator, right: literal })
}
