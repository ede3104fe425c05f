//! Objects of a connection by number.

/// A vector whose places are used again.
#[derive(Debug)]
pub struct Slab<T>(Vec<Option<T>>);

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Slab(Vec::new())
    }
}

impl<T> Slab<T> {
    /// The number that the next [`Slab::insert`] gives.
    pub fn next_index(&self) -> usize {
        self.0.iter().position(Option::is_none).unwrap_or(self.0.len())
    }

    /// Puts `value` in the first free place and gives its number.
    pub fn insert(&mut self, value: T) -> usize {
        let index = self.next_index();
        match self.0.get_mut(index) {
            Some(place) => *place = Some(value),
            None => self.0.push(Some(value)),
        }
        index
    }

    pub fn get(&self, index: usize) -> Option<&T> {
        self.0.get(index)?.as_ref()
    }

    pub fn get_mut(&mut self, index: usize) -> Option<&mut T> {
        self.0.get_mut(index)?.as_mut()
    }

    pub fn remove(&mut self, index: usize) -> Option<T> {
        self.0.get_mut(index)?.take()
    }

    pub fn iter(&self) -> impl Iterator<Item = (usize, &T)> {
        self.0.iter().enumerate().filter_map(|(index, place)| Some((index, place.as_ref()?)))
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().filter_map(Option::as_mut)
    }
}
