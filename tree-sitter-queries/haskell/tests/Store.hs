{-# LANGUAGE GADTs #-}
-- | Keeps things by name.
module Data.Store
--          ^^^^^ definition.module Data.Store
--          ^^^^^ doc Keeps things by name
  ( Store(..)
--  ^^^^^ !reference
  , get
--  ^^^ !reference
  ) where

import qualified Data.Map.Strict as Map
--               ^^^^^^^^^^^^^^^ import Data.Map.Strict as Map
import Data.List (sortBy, nub)
--                ^^^^^^ import Data.List.sortBy
--                        ^^^ import Data.List.nub
import Prelude hiding (lookup)
--     ^^^^^^^ import Prelude.*
--                     ^^^^^^ !import
import Data.Text
--     ^^^^^^^^^ import Data.Text.*
import Data.Set qualified as Set
--     ^^^^^^^^ import Data.Set as Set

-- | A store of values.
-- <- chunk.start Store
data Store a
--   ^^^^^ definition.struct Store
--   ^^^^^ doc A store of values
  = Store { items :: Map.Map Name a -- ^ what it holds
--  ^^^^^ definition.constructor Store.Store
--          ^^^^^ definition.field Store.items
--                       ^^^ reference.type on Map
--                           ^^^^ reference.type
          , size, limit :: !Int }
--                ^^^^^ definition.field Store.limit
  | Empty
--  ^^^^^ definition.constructor Store.Empty
  deriving (Eq, Show)
--          ^^ reference.implements in Store

newtype Wrap a = Wrap { unWrap :: a }
--      ^^^^ definition.struct Wrap
--                      ^^^^^^ definition.field Wrap.unWrap
type Name = String
--   ^^^^ definition.type Name
type family Elem a where
--          ^^^^ definition.type Elem
  Elem Int = Bool

data Expr a where
--   ^^^^ definition.struct Expr
  IntE :: Int -> Expr Int
--^^^^ definition.constructor Expr.IntE
  Add, Sub :: Expr Int -> Expr Int -> Expr Int
--     ^^^ definition.constructor Expr.Sub

-- | Where stores live.
class Monad m => MonadStore m where
--               ^^^^^^^^^^ definition.class MonadStore
--               ^^^^^^^^^^ doc Where stores live
--    ^^^^^ reference.implements in MonadStore
  -- | Looks a name up.
  fetch :: Name -> m (Maybe Int)
--^^^^^ definition.method MonadStore.fetch
--^^^^^ doc Looks a name up
  fetch name = absent name
--^^^^^ !definition
--             ^^^^^^ reference.call in MonadStore.fetch
  (<+>) :: m a -> m a -> m a
-- ^^^ definition.method MonadStore.<+>

instance MonadStore IO where
--                  ^^ definition.impl IO
--       ^^^^^^^^^^ reference.implements in IO
  fetch key = readStore key
--^^^^^ definition.method IO.fetch
--            ^^^^^^^^^ reference.call in IO.fetch
--                      ^^^ !reference
instance (Show a) => Show (Store a) where
--                         ^^^^^ definition.impl Store
  show store = describe store
--^^^^ definition.method Store.show

instance MonadParse e s (L.Reader r m) where
--                         ^^^^^^ definition.impl Reader
  label name (Reader run) = lift run
--^^^^^ definition.method Reader.label

-- | Gets a value.
-- It may be absent.
get :: Ord a => Store a -> Name -> Maybe a
-- <- definition.function get
-- <- doc It may be absent
-- <- signature get :: Ord a => Store a -> Name -> Maybe a
get Empty _ = Nothing
-- <- !definition
--  ^^^^^ reference.type in get
get (Store values _ _) name
  | name == "" = Nothing
  | otherwise = go name
--              ^^ reference.call in get
  where
    go found = Map.lookup found values
--  ^^ !definition
--                 ^^^^^^ reference.call in get on Map
--                        ^^^^^ !reference
--                              ^^^^^^ !reference
-- ^^^ chunk.end get

left `plus` right = left <+> right
--    ^^^^ definition.function plus
--                       ^^^ reference.call in plus
(a <|> b) c = choose a b c
-- ^^^ definition.function <|>

main :: IO ()
main = do
  store <- load "x"
--         ^^^^ reference.call in main
  let count = size store
--            ^^^^ reference.call in main
  print $ count + fetchAll store
--^^^^^ reference.call in main
--        ^^^^^ !reference
--                ^^^^^^^^ reference.call in main
  mapM_ (\each -> print each) (nub `on` sortAll)
--                      ^^^^ !reference
--                                      ^^^^^^^ reference.read in main
--                                  ^^ reference.call in main

pattern Pair :: a -> b -> (a, b)
--      ^^^^ definition.constructor Pair
pattern Pair x y = (x, y)
foreign import ccall "sin" c_sin :: Double -> Double
--                         ^^^^^ definition.function c_sin
#if MIN_VERSION_base(4,8,0)
-- | The new way.
width :: Int
-- <- definition.function width
width = measure 1
#else
-- | The old way.
width :: Int
-- <- definition.function width
-- <- doc The old way
width = 1
older = gauge 2
-- <- definition.function older
--      ^^^^^ reference.call in older
#endif
after = 3
-- <- definition.function after
