terraform {
# <- definition.section terraform
  required_version = ">= 1"
}
variable "region" {
#         ^^^^^^ definition.variable region
#         ^^^^^^ signature variable "region"
  default = "eu"
# ^^^^^^^ !definition
}
# Serves the pages.
# <- chunk.start aws_instance.web
resource "aws_instance" "web" {
#                        ^^^ definition.class aws_instance.web
#                        ^^^ doc Serves the pages
  ami = data.aws_ami.ubuntu.id
#                    ^^^^^^ reference.read in aws_instance.web on data
  subnet_id = module.net.subnet
#                    ^^^ reference.read in aws_instance.web on module
  lifecycle {
# ^^^^^^^^^ !definition
    create_before_destroy = true
  }
}
data "aws_ami" "ubuntu" {}
#               ^^^^^^ definition.class aws_ami.ubuntu
module "net" {
#       ^^^ definition.module net
  source = "./modules/net"
#           ^^^^^^^^^^^^^ import ./modules/net
}
locals {
  zone = "${var.region}-a"
# ^^^^ definition.constant zone
#               ^^^^^^ reference.read in zone on var
}
output "address" { value = aws_instance.web.public_ip }
#       ^^^^^^^ definition.property address
