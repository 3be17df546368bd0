//! What evaluation costs, in steps of about 10 ns.

use crate::function::Function;
use crate::node::{Node, Predicate, Test};

impl Node {
    pub(crate) fn cost(&self) -> u32 {
        let own = match self {
            Node::Null | Node::Constant(_) | Node::Score => 0,
            Node::Not(_) | Node::All(_) | Node::Any(_) | Node::Choice(_) => 0,
            Node::Field(_) => 2,
            Node::Test(test) => test.cost(),
            Node::Relation(_) | Node::Negative(_) => 1,
            Node::Arithmetic(chain) => chain.rest.len() as u32,
            Node::Power(_) => 3,
            Node::Call(call) => match call.function {
                Function::Lower | Function::Upper => 10,
                Function::Contains | Function::Length => 4,
                Function::Abs | Function::Floor | Function::Ceil | Function::Round => 1,
                _ => 2,
            },
        };
        let children = self.children();
        children
            .into_iter()
            .map(Node::cost)
            .fold(own, u32::saturating_add)
    }
}

impl Test {
    fn cost(&self) -> u32 {
        match self.predicate {
            Predicate::Null => 2,
            Predicate::Compare(..) | Predicate::Between(_) => 3,
            Predicate::In(_) => 4,
            Predicate::Like(_) => 6,
        }
    }
}
