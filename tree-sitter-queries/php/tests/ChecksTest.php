<?php

class Checks
{
    public function testLoads(): void {}
    //              ^^^^^^^^^ test
    //              ^^^^^^^^^ definition.method Checks::testLoads

    #[Test]
    public function it_saves(): void {}
    //              ^^^^^^^^ test

    public function testament(): void {}
    //              ^^^^^^^^^ !test
    private function helper(): void {}
    //               ^^^^^^ !test
}
