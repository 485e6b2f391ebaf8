module StoreSpec where

spec :: Spec
-- <- definition.function spec
-- <- test
spec = describe "get" $ it "finds" $ get store `shouldBe` Just 1
--                                   ^^^ reference.call in spec
--                                              ^^^^^^^^ reference.call in spec

prop_empty :: Int -> Bool
-- <- test
prop_empty x = get Empty x == Nothing

helper :: Int
-- <- !test
helper = 1
